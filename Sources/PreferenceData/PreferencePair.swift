public import TokenTrees

/// Two answers to one prompt as tokens, of which the first is preferred.
public struct PreferencePair: Sendable, Equatable {
    /// The prompt with the preferred answer.
    public var chosen: TokenSequence
    /// The prompt with the other answer.
    public var rejected: TokenSequence
    /// How many tokens, from the beginning of both sequences, are the prompt's.
    public var promptLength: Int
    /// How much the pair counts, above 0.
    public var weight: Double
    /// By how much chosen should lead, as an objective takes it.
    public var margin: Double
    /// Where the pair was read.
    public var source: RowSource

    /// - Parameters:
    ///   - chosen: the prompt with the preferred answer.
    ///   - rejected: the prompt with the other answer.
    ///   - promptLength: how many tokens of both are the prompt's.
    ///   - weight: how much the pair counts, above 0.
    ///   - margin: by how much chosen should lead.
    ///   - source: where the pair was read.
    public init(
        chosen: TokenSequence,
        rejected: TokenSequence,
        promptLength: Int,
        weight: Double = 1,
        margin: Double = 0,
        source: RowSource
    ) {
        self.chosen = chosen
        self.rejected = rejected
        self.promptLength = promptLength
        self.weight = weight
        self.margin = margin
        self.source = source
    }

    /// The pair as a group for `PackedBatch`: chosen, then rejected.
    public var sequences: [TokenSequence] { [chosen, rejected] }
}
