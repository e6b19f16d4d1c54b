public import Foundation
import Synchronization

/// Turns text into token ids and back, as a `tokenizer.json` says.
///
/// The file is the authority: what it says is done as the Rust library `tokenizers` does it, token
/// for token. Its sections on truncation and padding are not used. Where transformers makes something
/// else of a folder, `TokenizerBehaviour.transformers` follows it.
public final class Tokenizer: Sendable {
    /// The text of the token that begins a text (`bos_token`), or nil where there is none.
    public let beginningOfText: String?
    /// The text of the token that ends a text (`eos_token`), or nil where there is none.
    public let endOfText: String?
    /// The text of the token that fills up batches (`pad_token`), or nil where there is none.
    public let paddingToken: String?
    /// The text of the token for what is unknown (`unk_token`), or nil where there is none.
    public let unknownToken: String?

    let pipeline: Pipeline
    /// Those that no encoding uses at the moment.
    private let workspaces = Mutex<[EncodingWorkspace]>([])

    init(pipeline: Pipeline, names: SpecialTokenNames) {
        self.pipeline = pipeline
        beginningOfText = names.beginningOfText
        endOfText = names.endOfText
        paddingToken = names.padding
        unknownToken = names.unknown
    }

    /// Reads a `tokenizer.json` alone.
    ///
    /// Which tokens begin and end a text stands beside it, in `tokenizer_config.json`, so they are
    /// nil here.
    ///
    /// - Throws: `FileError`, `JSONFileError` or `TokenizerError`.
    public convenience init(file: URL) throws {
        self.init(pipeline: try Pipeline(file: file), names: SpecialTokenNames())
    }

    /// Reads the tokenizer of a model's folder.
    ///
    /// That is `tokenizer.json`, or the older `vocab.json` and `merges.txt` with the tokens that
    /// `tokenizer_config.json` adds. What begins and ends a text comes from
    /// `tokenizer_config.json`, then `special_tokens_map.json`.
    ///
    /// - Throws: `FileError`, `JSONFileError` or `TokenizerError`.
    public convenience init(folder: URL) throws {
        let older = VocabularyFolder(folder: folder)
        self.init(
            pipeline: try older.isAlone
                ? older.pipeline() : Pipeline(file: folder.appending(path: "tokenizer.json")),
            names: try TokenizerConfiguration(folder: folder).names()
        )
    }

    /// Largest id + 1, added tokens included.
    public var vocabularySize: Int { pipeline.vocabularySize }

    /// The id of a token, written as it stands in the vocabulary.
    public func id(ofToken token: String) -> Int32? { pipeline.id(ofToken: token) }

    /// The token of an id, as it stands in the vocabulary.
    public func token(ofID id: Int32) -> String? {
        pipeline.added.text(of: id).map { String(decoding: $0, as: UTF8.self) }
            ?? pipeline.model.vocabulary.token(of: id)
    }

    /// The ids of a text.
    ///
    /// - Parameter addingSpecialTokens: whether the tokens that the file puts around a text, such
    ///   as one that begins it, are put there. Those that stand in the text itself are always
    ///   found.
    /// - Returns: the ids. Characters for which the model has neither a token nor one for what is
    ///   unknown are left out.
    public func encode(_ text: String, addingSpecialTokens: Bool = true) -> [Int32] {
        var workspace = workspaces.withLock { $0.popLast() } ?? EncodingWorkspace()
        workspace.ids.removeAll(keepingCapacity: true)
        var text = text
        text.withUTF8 { pipeline.encode($0, &workspace) }
        let ids = pipeline.postProcessor.process(
            Array(workspace.ids),
            addingSpecialTokens: addingSpecialTokens
        )
        workspaces.withLock { $0.append(workspace) }
        return ids
    }

    /// The text of ids.
    ///
    /// Ids that no token has are left out.
    ///
    /// - Parameter skippingSpecialTokens: whether special tokens are left out.
    public func decode(_ ids: [Int32], skippingSpecialTokens: Bool = false) -> String {
        pipeline.decode(ids, skippingSpecialTokens: skippingSpecialTokens)
    }
}
