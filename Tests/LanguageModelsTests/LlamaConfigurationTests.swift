import Files
import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import LanguageModels

@Suite struct LlamaConfigurationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let smallest: [String: JSONValue] = [
        "vocab_size": 100, "hidden_size": 32, "intermediate_size": 56, "num_hidden_layers": 2,
        "num_attention_heads": 4,
    ]

    private func configuration(
        _ changes: [String: JSONValue],
        without removed: String? = nil
    ) throws -> Llama {
        var members = Self.smallest.merging(changes) { $1 }
        if let removed { members[removed] = nil }
        let object = JSONObject(members.map { (key: $0.key, value: $0.value) })
        let url = try folder.write("config.json", JSONValue.object(object).text)
        return try Llama(ConfigurationReader(contentsOf: url))
    }

    @Test("what is not there has the defaults of transformers")
    func defaults() throws {
        let configuration = try configuration([:])
        let shape = configuration.shape
        #expect(shape.vocabularySize == 100)
        #expect(shape.hiddenSize == 32)
        #expect(shape.intermediateSize == 56)
        #expect(shape.layerCount == 2)
        #expect(shape.headCount == 4)
        #expect(shape.keyValueHeadCount == 4)
        #expect(shape.headSize == 8)
        #expect(shape.maximumPositions == 2048)
        #expect(shape.normEpsilon == 1e-6)
        #expect(shape.activation == .silu)
        #expect(!shape.tiesEmbeddings)
        #expect(
            configuration.rotary
                == RotaryConfiguration(
                    dimension: 8,
                    base: 10_000,
                    scaling: .none,
                    attentionFactor: 1
                )
        )
        #expect(!configuration.attentionHasBias)
        #expect(!configuration.mlpHasBias)
    }

    @Test("every key is read, and null means that it is not there")
    func allKeys() throws {
        let read = try configuration([
            "num_key_value_heads": 2, "head_dim": 16, "rms_norm_eps": 1e-5,
            "tie_word_embeddings": true, "attention_bias": true, "mlp_bias": true,
            "hidden_act": "gelu_new", "rope_theta": 500_000, "rope_scaling": .null,
            "max_position_embeddings": 77,
        ])
        #expect(read.shape.keyValueHeadCount == 2)
        #expect(read.shape.headSize == 16)
        #expect(read.shape.normEpsilon == 1e-5)
        #expect(read.shape.maximumPositions == 77)
        #expect(read.shape.activation == .geluTanh)
        #expect(read.rotary.base == 500_000)
        #expect(read.shape.tiesEmbeddings && read.attentionHasBias && read.mlpHasBias)
        let nulls = [
            "num_key_value_heads", "head_dim", "rms_norm_eps", "tie_word_embeddings", "hidden_act",
            "attention_bias", "mlp_bias", "rope_theta", "max_position_embeddings",
        ]
        let absent = try configuration(.init(uniqueKeysWithValues: nulls.map { ($0, .null) }))
        #expect(try absent.shape == configuration([:]).shape)
        #expect(try absent.rotary == configuration([:]).rotary)
    }

    @Test(
        "the rotary base is read in the spellings of transformers 4 and 5",
        arguments: [
            (["rope_theta": 500.0], 500),
            (["rope_parameters": ["rope_type": "default", "rope_theta": 500.0]], 500),
            (["rope_parameters": ["rope_theta": 500]], 500),
            (["rope_theta": 500.0, "rope_scaling": ["rope_type": "default"]], 500),
            (["rope_theta": 500.0, "rope_scaling": ["type": "default"]], 500),
            (["rope_theta": 1.0, "rope_parameters": ["rope_theta": 500.0]], 500),
            (["rope_parameters": [:]], 10_000),
            (["rope_scaling": [:], "rope_parameters": ["rope_theta": 500.0]], 500),
            // As in transformers, a scaling of version 4 stands for all of version 5's section.
            (["rope_scaling": ["type": "default"], "rope_parameters": ["rope_theta": 5]], 10_000),
        ] as [([String: JSONValue], Double)]
    )
    func rotaryBase(changes: [String: JSONValue], base: Double) throws {
        #expect(try configuration(changes).rotary.base == base)
    }

    /// A value that cannot be used, and what the message says of it.
    struct Refusal: CustomTestStringConvertible, Sendable {
        var changes: [String: JSONValue]
        var key: String
        var found: String
        var allowed: String

        init(_ changes: [String: JSONValue], _ key: String, _ found: String, _ allowed: String) {
            (self.changes, self.key, self.found, self.allowed) = (changes, key, found, allowed)
        }

        var testDescription: String { "\(key) \(found)" }
    }

    private static let positiveInteger = "a positive integer is needed"
    private static let positiveNumber = "a positive number is needed"
    private static let flag = "true or false is needed"
    private static let ropeTypes =
        "known are default, linear, dynamic, llama3, yarn, longrope"

    static let refusals: [Refusal] =
        [
            "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
            "num_attention_heads", "num_key_value_heads", "head_dim",
        ].flatMap { key in
            [
                ("0", 0), ("-4", -4), ("1.5", 1.5), ("\"8\"", "8"), ("true", true), ("[]", []),
                ("2147483648", 2_147_483_648), ("1e+300", 1e300),
            ].map { found, value in Refusal([key: value], key, found, positiveInteger) }
        } + [
            Refusal(["rms_norm_eps": 0], "rms_norm_eps", "0", positiveNumber),
            Refusal(["rms_norm_eps": -1e-5], "rms_norm_eps", "-1e-05", positiveNumber),
            Refusal(["rms_norm_eps": "1e-5"], "rms_norm_eps", "\"1e-5\"", positiveNumber),
            Refusal(["rope_theta": 0], "rope_theta", "0", positiveNumber),
            Refusal(["tie_word_embeddings": 1], "tie_word_embeddings", "1", flag),
            Refusal(["attention_bias": "no"], "attention_bias", "\"no\"", flag),
            Refusal(["mlp_bias": [:]], "mlp_bias", "{}", flag),
            Refusal(["hidden_act": 3], "hidden_act", "3", "a string is needed"),
            Refusal(
                ["hidden_act": "relu"],
                "hidden_act",
                "\"relu\"",
                "known are silu, swish, gelu, gelu_new, gelu_pytorch_tanh"
            ),
            Refusal(
                ["num_key_value_heads": 3],
                "num_key_value_heads",
                "3",
                "it must divide num_attention_heads, 4"
            ),
            Refusal(
                ["num_key_value_heads": 8],
                "num_key_value_heads",
                "8",
                "it must divide num_attention_heads, 4"
            ),
            Refusal(
                ["hidden_size": 33],
                "hidden_size",
                "33",
                "without head_dim it must be an even multiple of num_attention_heads, 4"
            ),
            Refusal(
                ["hidden_size": 12],
                "hidden_size",
                "12",
                "without head_dim it must be an even multiple of num_attention_heads, 4"
            ),
            Refusal(["head_dim": 7], "head_dim", "7", "rotary embedding needs an even number"),
            Refusal(["rope_scaling": "linear"], "rope_scaling", "a string", "an object is needed"),
            Refusal(["rope_parameters": []], "rope_parameters", "a list", "an object is needed"),
            Refusal(
                ["head_dim": 65_538],
                "head_dim",
                "65538",
                "at most 65536 is supported"
            ),
            Refusal(
                ["hidden_size": 2_000_000_000],
                "head_dim",
                "missing",
                "at most 65536 is supported"
            ),
            Refusal(
                ["rope_scaling": ["rope_type": "mrope"]],
                "rope_scaling.rope_type",
                "\"mrope\"",
                ropeTypes
            ),
            Refusal(
                ["rope_scaling": ["type": "su", "factor": 2.0]],
                "rope_scaling.type",
                "\"su\"",
                ropeTypes
            ),
            Refusal(
                ["rope_parameters": ["rope_type": "linear"]],
                "rope_parameters.factor",
                "missing",
                positiveNumber
            ),
            Refusal(
                ["rope_scaling": ["type": "dynamic", "factor": -2]],
                "rope_scaling.factor",
                "-2",
                positiveNumber
            ),
            Refusal(
                ["head_dim": 2, "rope_scaling": ["type": "dynamic", "factor": 2]],
                "rope_scaling.type",
                "\"dynamic\"",
                "heads of more than 2 numbers need it"
            ),
            Refusal(
                [
                    "rope_parameters": [
                        "rope_type": "llama3", "factor": 8, "low_freq_factor": 4.0,
                        "high_freq_factor": 4.0,
                    ]
                ],
                "rope_parameters.high_freq_factor",
                "4.0",
                "more than low_freq_factor, 4.0, is needed"
            ),
            Refusal(
                ["rope_parameters": ["rope_type": "yarn", "factor": 4, "truncate": "no"]],
                "rope_parameters.truncate",
                "\"no\"",
                flag
            ),
            Refusal(
                [
                    "rope_parameters": [
                        "rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 0,
                    ]
                ],
                "rope_parameters.original_max_position_embeddings",
                "0",
                positiveInteger
            ),
            Refusal(
                ["rope_parameters": ["rope_type": "yarn", "rope_theta": 1, "factor": 4]],
                "rope_parameters.rope_theta",
                "1",
                "with the keys beside it, it gives frequencies that are no numbers"
            ),
            Refusal(
                [
                    "rope_parameters": [
                        "rope_type": "longrope", "short_factor": [1, 1, 1, 1],
                        "long_factor": [1, 1, 1],
                    ]
                ],
                "rope_parameters.long_factor",
                "[1,1,1]",
                "a list of 4 positive numbers is needed"
            ),
            Refusal(
                ["rope_parameters": ["rope_type": "longrope", "short_factor": [1, 0, 1, "1"]]],
                "rope_parameters.short_factor",
                "[1,0,1,\"1\"]",
                "a list of 4 positive numbers is needed"
            ),
            Refusal(
                ["partial_rotary_factor": 0.5],
                "partial_rotary_factor",
                "0.5",
                "only 1 is supported for this model_type"
            ),
            Refusal(
                ["rope_parameters": ["rope_type": 1]],
                "rope_parameters.rope_type",
                "1",
                "a string is needed"
            ),
            Refusal(
                ["rope_parameters": ["rope_theta": -1]],
                "rope_parameters.rope_theta",
                "-1",
                positiveNumber
            ),
        ]

    @Test(
        "a value that cannot be used is an error with key, value and what is allowed",
        arguments: refusals
    )
    func refused(refusal: Refusal) throws {
        let error = try #require(throws: ModelError.self) {
            _ = try configuration(refusal.changes)
        }
        #expect(
            error.kind
                == .configuration(
                    key: refusal.key,
                    found: refusal.found,
                    allowed: refusal.allowed
                )
        )
        let path = folder.url.appending(path: "config.json").path
        #expect(
            error.description == "\(path): \(refusal.key) is \(refusal.found); \(refusal.allowed)"
        )
    }

    @Test("the sizes of the model are required", arguments: smallest.keys.sorted())
    func required(key: String) throws {
        let error = try #require(throws: ModelError.self) {
            _ = try configuration([:], without: key)
        }
        #expect(
            error.kind
                == .configuration(key: key, found: "missing", allowed: Self.positiveInteger)
        )
    }

    @Test("a long value is cut in the message")
    func longValue() throws {
        let error = try #require(throws: ModelError.self) {
            _ = try configuration(["hidden_act": .string(String(repeating: "x", count: 5000))])
        }
        #expect(error.description.count < 500)
    }

    @Test(
        "a file that is no JSON, or no object, is an error that names it",
        arguments: ["", "{", "[]", "null", "7", "{\"vocab_size\": }", "\u{FEFF}\u{0}"]
    )
    func noObject(text: String) throws {
        _ = try folder.write("config.json", text)
        let error = try #require(throws: (any Error).self) { _ = try ModelFolder(folder.url) }
        let input = try #require(error as? any InputError)
        #expect(input.description.contains("config.json"))
        #expect(input.description.isOneLine)
    }

    @Test("a folder without config.json is an error that names it")
    func noFile() throws {
        let error = try #require(throws: FileError.self) { _ = try ModelFolder(folder.url) }
        #expect(error.path == folder.url.appending(path: "config.json").path)
    }
}
