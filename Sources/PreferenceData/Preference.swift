public import TokenTrees

/// The answers to one prompt as tokens, ready to train on, and what is known of them.
public struct Preference: Sendable, Equatable {
    /// The prompt with each answer; of a pair chosen, then rejected.
    public var sequences: [TokenSequence]
    /// How many tokens, from the beginning of all sequences, are the prompt's.
    public var promptLength: Int
    /// How good the answers are.
    public var judgement: Judgement
    /// How much it counts, above 0; 1 by default.
    public var weight: Double
    /// By how much the better answer should lead; 0 by default.
    public var margin: Double
    /// Where it was read.
    public var source: RowSource

    /// A preference with the weight and margin of rows that say nothing of them.
    public init(
        sequences: [TokenSequence],
        promptLength: Int,
        judgement: Judgement = .pair,
        weight: Double = 1,
        margin: Double = 0,
        source: RowSource
    ) {
        self.sequences = sequences
        self.promptLength = promptLength
        self.judgement = judgement
        self.weight = weight
        self.margin = margin
        self.source = source
    }

    /// Whether it is one answer with a label.
    var isUnpaired: Bool {
        if case .labelled = judgement { true } else { false }
    }

    /// The pairs that its ranks make, in order.
    public var pairs: [PreferencePair] {
        judgement.comparisons.map { better, worse in
            PreferencePair(
                chosen: sequences[better],
                rejected: sequences[worse],
                promptLength: promptLength,
                weight: weight,
                margin: margin,
                source: source
            )
        }
    }
}
