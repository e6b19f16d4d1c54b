public import Foundation
import LanguageModels
import OrderedJSON

extension GenerationSettings {
    /// Reads what a model's folder says in `generation_config.json`.
    ///
    /// Where that has no `eos_token_id`, or is not there, the one of `config.json` holds. A file
    /// that says to sample and has no `top_k` does not limit the choice; transformers would
    /// then take 50.
    ///
    /// - Throws: `ModelError` naming a key that cannot be used, `FileError` or `JSONFileError`.
    public init(folder: URL) throws {
        self.init()
        let model = try ConfigurationReader(contentsOf: folder.appending(path: "config.json"))
        endTokens =
            try model.tokens("eos_token_id")
            ?? model.nested("text_config")?.tokens("eos_token_id") ?? []
        guard let file = try Self.file(in: folder) else { return }
        endTokens = try file.tokens("eos_token_id") ?? endTokens
        maximumNewTokens = try file.positive("max_new_tokens", default: maximumNewTokens)
        samples = try file.bool("do_sample", default: samples)
        // 0 stands in files that do not sample, and means nothing there.
        if samples { temperature = try file.positive("temperature", default: temperature) }
        // 0 is transformers' word for no limit.
        if file.value("top_k")?.integer != 0, file.value("top_k") != nil {
            topK = try file.positive("top_k")
        }
        topP = try file.share("top_p", default: topP)
        minP = try file.share("min_p", default: minP)
        repetitionPenalty = try file.positive("repetition_penalty", default: repetitionPenalty)
        stopStrings = try file.texts("stop_strings") ?? []
    }

    /// Keys of a folder's `generation_config.json` that would change the text in transformers, and
    /// that are not followed here.
    public static func keysNotFollowed(in folder: URL) throws -> [String] {
        guard let file = try file(in: folder) else { return [] }
        return notFollowed.compactMap { key, neutral in
            guard let value = file.value(key) else { return nil }
            return neutral != nil && value.double == neutral ? nil : key
        }
    }

    /// Keys with the number that means nothing, if one does.
    private static let notFollowed: KeyValuePairs<String, Double?> = [
        "num_beams": 1, "no_repeat_ngram_size": 0, "typical_p": 1, "top_h": nil,
        "epsilon_cutoff": 0, "eta_cutoff": 0, "min_length": 0, "min_new_tokens": 0,
        "bad_words_ids": nil, "suppress_tokens": nil, "begin_suppress_tokens": nil,
        "forced_bos_token_id": nil, "forced_eos_token_id": nil, "sequence_bias": nil,
        "exponential_decay_length_penalty": nil, "penalty_alpha": nil, "guidance_scale": 1,
    ]

    private static func file(in folder: URL) throws -> ConfigurationReader? {
        let file = folder.appending(path: "generation_config.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try ConfigurationReader(contentsOf: file)
    }
}

extension ConfigurationReader {
    /// A token id, or a list of them; nil where there is none.
    fileprivate func tokens(_ key: String) throws -> [Int32]? {
        guard let value = value(key) else { return nil }
        let values = value.array ?? [value]
        let tokens = values.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
        try require(
            key,
            tokens.count == values.count && tokens.allSatisfy { $0 >= 0 },
            "a token id or a list of them is needed"
        )
        return tokens
    }

    /// A text, or a list of them; nil where there is none.
    fileprivate func texts(_ key: String) throws -> [String]? {
        guard let value = value(key) else { return nil }
        let values = value.array ?? [value]
        let texts = values.compactMap(\.string)
        try require(
            key,
            texts.count == values.count && !texts.contains(""),
            "a text that is not empty or a list of them is needed"
        )
        return texts
    }

    /// A number from 0 to 1.
    fileprivate func share(_ key: String, default fallback: Double) throws -> Double {
        guard let value = value(key) else { return fallback }
        let number = value.double ?? -1
        try require(key, (0...1).contains(number), "a number from 0 to 1 is needed")
        return number
    }
}
