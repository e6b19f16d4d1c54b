import Foundation
import OrderedJSON

/// A folder with a `tokenizer.json`, as `AutoTokenizer.from_pretrained` loads it.
struct TransformersFolder {
    private let file: FileSection
    private let choice: TransformersClass.Choice
    private let configuration: TransformersConfiguration
    /// `tokenizer_config.json`.
    private let path: String

    init(_ folder: URL) throws {
        let url = folder.appending(path: "tokenizer.json")
        file = FileSection(path: url.path, key: "", value: try JSONValue(contentsOf: url))
        path = folder.appending(path: "tokenizer_config.json").path
        let declaration = try Declaration(folder)
        choice = TransformersClass.choose(
            declared: declaration.name,
            modelType: declaration.modelType,
            isByteLevel: try Self.isByteLevel(file)
        )
        var kind: TransformersClass?
        if case .known(let known) = choice { kind = known }
        configuration = try TransformersConfiguration(folder: folder, file: file, kind: kind)
    }

    var names: SpecialTokenNames { configuration.names }

    /// - Parameter tokenizer: the one that the file alone makes, of which the model is taken where
    ///   it is the same: large ones take long to build.
    func pipeline(like tokenizer: Tokenizer? = nil) throws -> Pipeline {
        if try configuration.bool("split_special_tokens") == true {
            throw TokenizerError(
                path: path,
                key: "split_special_tokens",
                problem: "only false is supported where transformers' behaviour is asked for"
            )
        }
        var pipeline: Pipeline
        switch choice {
        case .unknown(let name):
            throw TokenizerError(
                path: path,
                key: "tokenizer_class",
                problem: "how transformers builds \"\(name)\" is not known here; only what "
                    + "tokenizer.json says is"
            )
        case .file:
            let tokens = try Pipeline.addedTokens(of: file).map(\.token)
            pipeline = try Pipeline(
                file,
                addedTokens: configuration.addedTokens(to: tokens, kind: nil),
                model: tokenizer?.pipeline.model
            )
        case .known(let kind):
            let rebuilt = try kind.rebuilt(file, configuration)
            // Whether it takes text or bytes hangs on what cuts the text.
            let isSame = try Self.isSame(rebuilt, as: file, in: ["pre_tokenizer", "model"])
            pipeline = try Pipeline(
                rebuilt,
                addedTokens: configuration.addedTokens(to: [], kind: kind),
                model: isSame ? tokenizer?.pipeline.model : nil
            )
            pipeline.postProcessor = try postProcessor(kind, pipeline)
        }
        try finish(&pipeline)
        return pipeline
    }

    /// Whether ids may differ from those of a tokenizer that the file alone makes.
    ///
    /// What only looks different, such as a switch left out, may count as a difference.
    func differs(_ other: Tokenizer, from tokenizer: Tokenizer) throws -> Bool {
        let (left, right) = (other.pipeline, tokenizer.pipeline)
        if left.added.tokens != right.added.tokens || left.postProcessor != right.postProcessor
            || other.endOfText != tokenizer.endOfText
        {
            return true
        }
        guard case .known(let kind) = choice else { return false }
        let rebuilt = try kind.rebuilt(file, configuration)
        return try !Self.isSame(rebuilt, as: file, in: ["normalizer", "pre_tokenizer", "model"])
    }

    // MARK: What the class is

    /// What files say of the class.
    private struct Declaration {
        var name: String?
        var modelType: String?

        init(_ folder: URL) throws {
            func read(_ name: String) throws -> FileSection? {
                let url = folder.appending(path: name)
                guard FileManager.default.fileExists(atPath: url.path) else { return nil }
                return FileSection(path: url.path, key: "", value: try JSONValue(contentsOf: url))
            }
            let model = try read("config.json")
            let tokenizer = try read("tokenizer_config.json")
            name =
                try tokenizer?.optionalString("tokenizer_class")
                ?? model?.optionalString("tokenizer_class")
            // With code of its own a folder means the class it declares.
            if try tokenizer?.section("auto_map") == nil {
                modelType = try model?.optionalString("model_type")
            }
        }
    }

    private static func isByteLevel(_ file: FileSection) throws -> Bool {
        try ["normalizer", "pre_tokenizer", "post_processor", "decoder"].contains { key in
            try file.section(key)?.value.text.contains("\"ByteLevel\"") ?? false
        }
    }

    // MARK: Comparing

    private static func isSame(
        _ rebuilt: FileSection,
        as file: FileSection,
        in keys: [String]
    ) throws -> Bool {
        try keys.allSatisfy { try essence(of: file, $0) == essence(of: rebuilt, $0) }
    }

    /// A section without what makes no difference to ids, its keys in order.
    private static func essence(of file: FileSection, _ key: String) throws -> JSONValue {
        guard var value = try file.section(key)?.value else { return .null }
        if key == "model", case .object(var object) = value {
            object["vocab"] = nil
            object["merges"] = nil
            value = .object(object)
        }
        return essence(value)
    }

    private static func essence(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(essence))
        case .object(let object):
            let kept = object.members.filter { key, value in
                guard key != "trim_offsets", key != "dropout", !value.isNull else { return false }
                return defaults[key] != value
            }
            return .object(
                JSONObject(kept.map { ($0.key, essence($0.value)) }.sorted { $0.key < $1.key })
            )
        default: return value
        }
    }

    /// What files leave out or say, to the same effect.
    private static let defaults: [String: JSONValue] = [
        "use_regex": true, "split": true, "invert": false, "ignore_merges": false,
        "byte_fallback": false, "fuse_unk": false, "continuing_subword_prefix": "",
        "end_of_word_suffix": "", "type": "BPE",
    ]

    // MARK: Steps that need ids

    private func postProcessor(
        _ kind: TransformersClass,
        _ pipeline: Pipeline
    ) throws -> PostProcessor {
        func id(_ token: String, _ key: String) throws -> Int32 {
            if let id = pipeline.id(ofToken: token) { return id }
            throw TokenizerError(
                path: path,
                key: key,
                problem: "\"\(token)\" is no token, and transformers puts it around texts"
            )
        }
        func id(_ key: String) throws -> Int32 { try id(configuration.text(key) ?? "", key) }
        switch kind {
        case .cohere, .gemma, .gpt2, .llama, .qwen2: return pipeline.postProcessor
        // It would put tokens there by switches, which the file's presence turns off.
        case .gptNeoX: return .unchanged
        case .clip:
            return .around(
                first: try id("bos_token"),
                last: try id("eos_token"),
                separatesPairsTwice: true
            )
        case .roberta:
            return .around(
                first: try id("cls_token"),
                last: try id("sep_token"),
                separatesPairsTwice: true
            )
        case .t5:
            let end = PostProcessor.Template.Piece.special([try id("eos_token")])
            return .template(.init(single: [.first, end], pair: [.first, end, .second, end]))
        case .whisper:
            // The language and the task, where they are given, stand there as well.
            for key in ["language", "task"] where configuration.has(key) {
                throw TokenizerError(
                    path: path,
                    key: key,
                    problem: "is not supported where transformers' behaviour is asked for"
                )
            }
            var prefix = [try id("<|startoftranscript|>", "")]
            if try configuration.bool("predict_timestamps") != true {
                prefix.append(try id("<|notimestamps|>", ""))
            }
            let end = PostProcessor.Template.Piece.special([try id("eos_token")])
            let single: [PostProcessor.Template.Piece] = [.special(prefix), .first, end]
            return .template(.init(single: single, pair: [.special(prefix), .first, .second, end]))
        }
    }

    private func finish(_ pipeline: inout Pipeline) throws {
        var steps: [TransformersDecoder.Step] = []
        if choice == .known(.clip) { steps.append(.wordEnds(Array("</w>".utf8))) }
        // Pairs of bytes keep their blanks, for there the cleaning would do harm.
        let forces = "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output"
        if try configuration.bool("clean_up_tokenization_spaces") == true,
            try !(pipeline.model is BytePairModel) || configuration.bool(forces) == true
        {
            steps.append(.cleanUp)
        }
        if choice == .known(.whisper) { steps.append(.timestamps) }
        if !steps.isEmpty {
            pipeline.decoder = TransformersDecoder(base: pipeline.decoder, steps: steps)
        }
    }
}
