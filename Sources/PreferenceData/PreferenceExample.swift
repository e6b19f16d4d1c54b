/// What a row says, whatever shape it has: the point at which all shapes come together.
enum PreferenceExample: Equatable {
    /// A prompt and two answers as text.
    case text(TextPair)
    /// A prompt and two answers as token ids.
    case tokens(TokenPair)

    /// A prompt and two answers as text.
    struct TextPair: Equatable {
        var prompt: String
        var chosen: String
        var rejected: String
        /// Whether the prompt was taken out of the answers.
        var promptIsImplicit = false
    }

    /// A prompt and two answers as token ids, each without the others.
    struct TokenPair: Equatable {
        var prompt: [Int32]
        var chosen: [Int32]
        var rejected: [Int32]
    }
}
