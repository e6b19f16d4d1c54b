import Files

/// How tokens are chosen, and when a text ends.
///
/// Names in files are those of transformers' `generation_config.json`.
public struct GenerationSettings: Codable, Sendable, Equatable {
    /// Most tokens of an answer, at least 1; 256 by default.
    public var maximumNewTokens = 256
    /// Whether tokens are drawn at random; the most probable is taken otherwise, which is the
    /// default.
    public var samples = false
    /// What logits are divided by before a token is drawn, above 0; 1 by default.
    public var temperature = 1.0
    /// Only the so many most probable tokens are drawn, at least 1; all by default.
    public var topK: Int?
    /// Only the most probable tokens are drawn whose probabilities together reach this, 0 to 1;
    /// 1, all of them, by default.
    public var topP = 1.0
    /// Only tokens are drawn that are at least so probable, relative to the most probable one,
    /// 0 to 1; 0, all of them, by default.
    public var minP = 0.0
    /// What positive logits of tokens that came before are divided by, and negative ones multiplied
    /// with: above 0.
    ///
    /// 1, nothing, by default. It holds where nothing is drawn too.
    public var repetitionPenalty = 1.0
    /// Tokens that end an answer; none by default.
    public var endTokens: [Int32] = []
    /// Texts that end an answer and are no part of it, none empty; none by default.
    public var stopStrings: [String] = []
    /// Any number, 0 by default: the same one draws the same tokens.
    public var seed: UInt64 = 0

    /// The defaults.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case maximumNewTokens = "max_new_tokens"
        case samples = "do_sample"
        case temperature
        case topK = "top_k"
        case topP = "top_p"
        case minP = "min_p"
        case repetitionPenalty = "repetition_penalty"
        case endTokens = "eos_token_id"
        case stopStrings = "stop_strings"
        case seed
    }

    /// Checks that every setting lies in its range.
    ///
    /// - Throws: `SettingError` naming the first that lies outside.
    public func validate() throws {
        func require(
            _ name: String,
            _ value: some Any,
            _ isAllowed: Bool,
            _ allowed: String
        ) throws {
            guard isAllowed else { throw SettingError(name, found: "\(value)", allowed: allowed) }
        }
        try require(
            "max-new-tokens",
            maximumNewTokens,
            maximumNewTokens >= 1,
            "at least 1 token"
        )
        try require(
            "temperature",
            temperature,
            temperature > 0 && temperature.isFinite,
            "a number above 0 (or 0 for the most probable token)"
        )
        if let topK { try require("top-k", topK, topK >= 1, "at least 1") }
        try require("top-p", topP, (0...1).contains(topP), "a number from 0 to 1")
        try require("min-p", minP, (0...1).contains(minP), "a number from 0 to 1")
        try require(
            "repetition-penalty",
            repetitionPenalty,
            repetitionPenalty > 0 && repetitionPenalty.isFinite,
            "a number above 0"
        )
        try require(
            "stop",
            "an empty text",
            !stopStrings.contains(""),
            "a text of at least one character"
        )
    }
}
