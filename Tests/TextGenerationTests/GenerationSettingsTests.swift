import Files
import Foundation
import LanguageModels
import TestSupport
import Testing
import TextGeneration

/// What a model's folder says, and what is allowed.
@Suite struct GenerationSettingsTests {
    private func settings(
        _ generation: String?,
        model: String = #"{"eos_token_id": 2}"#
    ) throws -> GenerationSettings {
        let folder = try TemporaryFolder()
        _ = try folder.write("config.json", model)
        if let generation { _ = try folder.write("generation_config.json", generation) }
        return try GenerationSettings(folder: folder.url)
    }

    @Test("without a generation_config.json the most probable token is taken until the model's end")
    func none() throws {
        let settings = try settings(nil)
        #expect(!settings.samples)
        #expect(settings.endTokens == [2])
        #expect(settings.maximumNewTokens == 256)
        #expect(try self.settings(nil, model: "{}").endTokens == [])
        let images = #"{"text_config": {"eos_token_id": [1, 106]}}"#
        #expect(try self.settings(nil, model: images).endTokens == [1, 106])
    }

    @Test("everything of generation_config.json holds")
    func all() throws {
        let settings = try settings(
            """
            {"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.1,
             "repetition_penalty": 1.05, "eos_token_id": [151645, 151643], "max_new_tokens": 2048,
             "stop_strings": "###", "pad_token_id": 151643, "bos_token_id": 151643}
            """
        )
        var expected = GenerationSettings()
        expected.samples = true
        expected.temperature = 0.6
        expected.topK = 20
        expected.topP = 0.95
        expected.minP = 0.1
        expected.repetitionPenalty = 1.05
        expected.endTokens = [151_645, 151_643]
        expected.maximumNewTokens = 2048
        expected.stopStrings = ["###"]
        #expect(settings == expected)
        let data = try JSONEncoder().encode(settings)
        #expect(try JSONDecoder().decode(GenerationSettings.self, from: data) == settings)
    }

    @Test("what only means something for drawing may be nonsense without it, and 0 is no top-k")
    func greedy() throws {
        let settings = try settings(#"{"temperature": 0.0, "top_k": 0, "eos_token_id": null}"#)
        #expect(settings.temperature == 1)
        #expect(settings.topK == nil)
        #expect(settings.endTokens == [2])
    }

    static let bad: [(file: String, words: [String])] = [
        (#"{"eos_token_id": "x"}"#, ["eos_token_id is \"x\"", "a token id or a list of them"]),
        (#"{"eos_token_id": [1, -2]}"#, ["eos_token_id", "[1,-2]"]),
        (#"{"eos_token_id": 99999999999}"#, ["eos_token_id"]),
        (#"{"do_sample": 1}"#, ["do_sample is 1", "true or false"]),
        (#"{"do_sample": true, "temperature": 0}"#, ["temperature is 0", "positive"]),
        (#"{"top_k": -1}"#, ["top_k is -1"]),
        (#"{"top_p": 1.5}"#, ["top_p is 1.5", "0 to 1"]),
        (#"{"min_p": "a"}"#, ["min_p"]),
        (#"{"repetition_penalty": 0}"#, ["repetition_penalty is 0"]),
        (#"{"max_new_tokens": 0}"#, ["max_new_tokens is 0"]),
        (#"{"stop_strings": ["a", ""]}"#, ["stop_strings"]),
        ("[]", ["an object is needed"]),
    ]

    @Test("a key that cannot be used is named with its file", arguments: bad)
    func badFile(file: String, words: [String]) throws {
        let error = try #require(throws: ModelError.self) { try settings(file) }
        for word in ["generation_config.json"] + words {
            #expect(error.description.contains(word), "\(error)")
        }
    }

    @Test("keys that would change the text in transformers and are not followed are told")
    func notFollowed() throws {
        let folder = try TemporaryFolder()
        #expect(try GenerationSettings.keysNotFollowed(in: folder.url) == [])
        _ = try folder.write(
            "generation_config.json",
            """
            {"num_beams": 4, "no_repeat_ngram_size": 0, "typical_p": 1.0, "suppress_tokens": [3],
             "guidance_scale": null, "max_length": 4096}
            """
        )
        #expect(
            try GenerationSettings.keysNotFollowed(in: folder.url)
                == ["num_beams", "suppress_tokens"]
        )
    }

    static let outside: [(name: String, change: @Sendable (inout GenerationSettings) -> Void)] = [
        ("max-new-tokens", { $0.maximumNewTokens = 0 }), ("temperature", { $0.temperature = 0 }),
        ("temperature", { $0.temperature = .nan }), ("temperature", { $0.temperature = .infinity }),
        ("top-k", { $0.topK = 0 }), ("top-p", { $0.topP = -0.1 }), ("top-p", { $0.topP = .nan }),
        ("min-p", { $0.minP = 1.1 }), ("repetition-penalty", { $0.repetitionPenalty = 0 }),
        ("stop", { $0.stopStrings = ["a", ""] }),
    ]

    @Test("a setting outside its range is named", arguments: outside.indices)
    func range(index: Int) throws {
        var settings = GenerationSettings()
        try settings.validate()
        Self.outside[index].change(&settings)
        let error = try #require(throws: SettingError.self) { try settings.validate() }
        #expect(error.name == Self.outside[index].name)
    }
}
