import OrderedJSON

extension TransformersClass {
    /// What the class builds, written as the sections of a `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - file: the `tokenizer.json`, for its vocabulary and its merges.
    ///   - configuration: the arguments of the class.
    func rebuilt(_ file: FileSection, _ configuration: TransformersConfiguration) throws
        -> FileSection
    {
        let steps = try steps(file, configuration)
        var model = steps.model.object ?? JSONObject()
        let section = try file.requiredSection("model")
        if self == .t5 {
            guard try section.requiredSection("vocab").value.array != nil else {
                throw section.error(
                    at: "vocab",
                    "\(rawValue) needs a Unigram model's list of tokens and scores"
                )
            }
            model["type"] = "Unigram"
            model["unk_id"] = 2
            model["vocab"] = try section.requiredSection("vocab").value
        } else {
            model["type"] = "BPE"
            model["vocab"] = try Self.vocabulary(section.requiredSection("vocab"))
            model["merges"] = try section.section("merges")?.value ?? []
        }
        return FileSection(
            path: file.path,
            key: "",
            value: [
                "normalizer": steps.normalizer, "pre_tokenizer": steps.preTokenizer,
                "model": .object(model), "decoder": steps.decoder,
                "post_processor": try file.section("post_processor")?.value ?? .null,
            ]
        )
    }

    /// The tokens with their ids: of a list, their places.
    private static func vocabulary(_ section: FileSection) throws -> JSONValue {
        guard section.value.array != nil else { return section.value }
        let members = try section.elements().enumerated().map { index, element in
            let token = element.value.array != nil ? try element.elements().first : element
            guard let token else { throw element.error("a token is expected") }
            return (key: try token.string(), value: JSONValue.integer(index))
        }
        return .object(JSONObject(members))
    }

    private struct Steps {
        var normalizer: JSONValue = .null
        var preTokenizer: JSONValue
        var decoder: JSONValue
        var model: JSONValue = [:]
    }

    private func steps(
        _ file: FileSection,
        _ configuration: TransformersConfiguration
    ) throws -> Steps {
        let addsPrefixSpace = try configuration.bool("add_prefix_space")
        let byteLevel = Self.byteLevel(addsPrefixSpace: addsPrefixSpace ?? false)
        let nfc: JSONValue = ["type": "NFC"]
        switch self {
        case .gpt2, .roberta, .whisper:
            return Steps(preTokenizer: byteLevel, decoder: byteLevel)
        case .gptNeoX:
            return Steps(normalizer: nfc, preTokenizer: byteLevel, decoder: byteLevel)
        case .cohere:
            let digits: JSONValue = ["type": "Digits", "individual_digits": true]
            return Steps(
                normalizer: nfc,
                preTokenizer: Self.sequence([digits, byteLevel]),
                decoder: byteLevel
            )
        case .qwen2:
            return Steps(
                normalizer: nfc,
                preTokenizer: Self.sequence([
                    [
                        "type": "Split", "pattern": ["Regex": .string(Self.qwen2Pattern)],
                        "behavior": "Isolated", "invert": false,
                    ],
                    Self.byteLevel(addsPrefixSpace: addsPrefixSpace ?? false, cuts: false),
                ]),
                decoder: byteLevel
            )
        case .clip:
            return Steps(
                normalizer: [
                    "type": "Sequence",
                    "normalizers": [
                        nfc,
                        ["type": "Replace", "pattern": ["Regex": "\\s+"], "content": " "],
                        ["type": "Lowercase"],
                    ],
                ],
                preTokenizer: Self.sequence([
                    [
                        "type": "Split", "pattern": ["Regex": .string(Self.clipPattern)],
                        "behavior": "Removed", "invert": true,
                    ],
                    Self.byteLevel(addsPrefixSpace: false),
                ]),
                decoder: byteLevel,
                model: [
                    "end_of_word_suffix": "</w>",
                    "unk_token": configuration.text("unk_token").map { .string($0) } ?? .null,
                ]
            )
        case .gemma:
            return Steps(
                normalizer: ["type": "Replace", "pattern": ["String": " "], "content": "▁"],
                preTokenizer: [
                    "type": "Split", "pattern": ["String": " "],
                    "behavior": "MergedWithPrevious", "invert": false,
                ],
                decoder: Self.sentencePieceDecoder(stripsFirst: false),
                model: [
                    "fuse_unk": true, "byte_fallback": true,
                    "unk_token": configuration.text("unk_token").map { .string($0) } ?? .null,
                ]
            )
        case .llama:
            let isLegacy = try configuration.bool("legacy") ?? false
            let adds = addsPrefixSpace ?? true
            return Steps(
                preTokenizer: [
                    "type": "Metaspace", "replacement": "▁", "split": false,
                    "prepend_scheme": adds ? (isLegacy ? "always" : "first") : "never",
                ],
                decoder: Self.sentencePieceDecoder(stripsFirst: adds),
                // The token for what is unknown is not given to the model, so characters without a
                // token and without bytes are left out.
                model: ["fuse_unk": true, "byte_fallback": true]
            )
        case .t5:
            let metaspace: JSONValue = [
                "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true,
            ]
            return Steps(
                normalizer: try Self.precompiled(in: file.section("normalizer")),
                preTokenizer: Self.sequence([["type": "WhitespaceSplit"], metaspace]),
                decoder: metaspace
            )
        }
    }

    private static let qwen2Pattern =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#

    private static let clipPattern =
        #"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]"#
        + #"|[^\s\p{L}\p{N}]+"#

    private static func byteLevel(addsPrefixSpace: Bool, cuts: Bool = true) -> JSONValue {
        [
            "type": "ByteLevel", "add_prefix_space": .bool(addsPrefixSpace), "trim_offsets": true,
            "use_regex": .bool(cuts),
        ]
    }

    private static func sequence(_ steps: [JSONValue]) -> JSONValue {
        ["type": "Sequence", "pretokenizers": .array(steps)]
    }

    private static func sentencePieceDecoder(stripsFirst: Bool) -> JSONValue {
        var steps: [JSONValue] = [
            ["type": "Replace", "pattern": ["String": "▁"], "content": " "],
            ["type": "ByteFallback"], ["type": "Fuse"],
        ]
        if stripsFirst {
            steps.append(["type": "Strip", "content": " ", "start": 1, "stop": 0])
        }
        return ["type": "Sequence", "decoders": .array(steps)]
    }

    /// The first table of SentencePiece among the file's normalizers, or null.
    private static func precompiled(in section: FileSection?) throws -> JSONValue {
        guard let section else { return .null }
        let steps =
            try section.string("type") == "Sequence"
            ? section.elements("normalizers") : [section]
        return try steps.first { try $0.string("type") == "Precompiled" }?.value ?? .null
    }
}
