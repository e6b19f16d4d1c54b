public import TokenTrees

/// Two answers to one prompt as tokens, of which the first is preferred.
public struct PreferencePair: Sendable, Equatable {
    /// The prompt with the preferred answer.
    public var chosen: TokenSequence
    /// The prompt with the other answer.
    public var rejected: TokenSequence
    /// How many tokens, from the beginning of both sequences, are the prompt's.
    ///
    /// All tokens after them are scored; with a prompt of no tokens, all but the first.
    public var promptLength: Int
    /// Where the pair was read.
    public var source: RowSource

    /// - Parameters:
    ///   - chosen: the prompt with the preferred answer.
    ///   - rejected: the prompt with the other answer.
    ///   - promptLength: how many tokens of both are the prompt's.
    ///   - source: where the pair was read.
    public init(
        chosen: TokenSequence,
        rejected: TokenSequence,
        promptLength: Int,
        source: RowSource
    ) {
        self.chosen = chosen
        self.rejected = rejected
        self.promptLength = promptLength
        self.source = source
    }

    /// The pair as a group for `PackedBatch`: chosen, then rejected.
    public var sequences: [TokenSequence] { [chosen, rejected] }
}
