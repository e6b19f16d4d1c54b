import Foundation
import OrderedJSON

extension Pipeline {
    /// Reads a `tokenizer.json`.
    init(file: URL) throws {
        try self.init(
            FileSection(path: file.path, key: "", value: try JSONValue(contentsOf: file))
        )
    }

    /// - Parameters:
    ///   - addedTokens: stands for those of the file, if not nil.
    ///   - model: stands for the file's, if not nil.
    init(
        _ section: FileSection,
        addedTokens: [AddedToken]? = nil,
        model: (any TokenModel)? = nil
    ) throws {
        if let version = try section.section("version"), try version.string() != "1.0" {
            throw version.error("\(version.found) is not the version \"1.0\"")
        }
        let normalizer = try section.section("normalizer").map { try Normalizers.load($0) }
        let preTokenizer = try section.section("pre_tokenizer").map { try PreTokenizers.load($0) }
        let model = try model ?? Models.load(section.requiredSection("model"))
        let tokens = try addedTokens ?? Self.addedTokens(of: section).map(\.token)
        let addedVocabulary: AddedVocabulary
        do throws(AddedVocabulary.Problem) {
            addedVocabulary = try AddedVocabulary(
                tokens,
                vocabulary: model.vocabulary,
                normalizer: normalizer
            )
        } catch {
            throw section.error(at: "added_tokens", error.problem)
        }
        self.init(
            added: addedVocabulary,
            normalizer: normalizer,
            preTokenizer: preTokenizer,
            model: model,
            postProcessor: try section.section("post_processor").map { try PostProcessor($0) }
                ?? .unchanged,
            decoder: try section.section("decoder").map { try Decoders.load($0) }
        )
    }

    /// The `added_tokens` of a `tokenizer.json`, in its order.
    static func addedTokens(of section: FileSection) throws -> [(id: Int32, token: AddedToken)] {
        guard let added = try section.section("added_tokens") else { return [] }
        return try added.elements().map { element in
            (try element.requiredSection("id").tokenID(), try AddedToken(element))
        }
    }

    /// Where writing bytes as characters is the last step before a model that can take bytes, both
    /// agree on bytes: nothing is written and read back.
    static func keepingBytes(
        _ preTokenizer: (any PreTokenizer)?,
        _ model: any TokenModel
    ) -> ((any PreTokenizer)?, any TokenModel) {
        let steps =
            (preTokenizer as? PreTokenizerSequence)?.steps ?? preTokenizer.map { [$0] } ?? []
        guard var last = steps.last as? ByteLevelPreTokenizer,
            let pairs = model as? BytePairModel, let byBytes = pairs.takingBytes()
        else { return (preTokenizer, model) }
        last.writesCharacters = false
        return (PreTokenizerSequence(steps: steps.dropLast() + [last]), byBytes)
    }
}
