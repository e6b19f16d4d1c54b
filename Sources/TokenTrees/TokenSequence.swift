/// One prompt with one answer, as tokens, and which of them are scored.
public struct TokenSequence: Sendable, Equatable {
    /// Token ids from the beginning of the sequence.
    public private(set) var tokens: [Int32]

    /// Positions of the scored tokens: ascending, disjoint, not empty, not adjacent.
    ///
    /// Position p is predicted by the row of token p − 1, so position 0 is never among them.
    public private(set) var scored: [Range<Int>]

    /// Whether tokens that predict nothing that is scored go into the model too.
    ///
    /// By default they do not; what looks at all tokens of a sequence, such as the loss of a
    /// router, needs them.
    public var isReadWhole = false

    /// - Parameters:
    ///   - tokens: token ids from the beginning of the sequence.
    ///   - scored: positions in `tokens`, ascending and disjoint. Position 0 is clipped away, for
    ///     nothing comes before it that could predict it: `scoredCount` does not count it either.
    public init(tokens: [Int32], scored: [Range<Int>]) {
        var kept: [Range<Int>] = []
        var end = 0
        for range in scored {
            precondition(range.lowerBound >= end, "scored ranges overlap or are out of order")
            precondition(range.upperBound <= tokens.count, "a scored range ends behind the tokens")
            end = range.upperBound
            let range = range.clamped(to: 1..<max(1, tokens.count))
            guard !range.isEmpty else { continue }
            if let last = kept.last, last.upperBound == range.lowerBound {
                kept[kept.count - 1] = last.lowerBound..<range.upperBound
            } else {
                kept.append(range)
            }
        }
        self.tokens = tokens
        self.scored = kept
    }

    /// How many tokens are scored.
    public var scoredCount: Int { scored.reduce(0) { $0 + $1.count } }

    /// How many tokens go into the model: all before the last scored one, which is only a target;
    /// or all.
    public var inputCount: Int {
        isReadWhole ? tokens.count : scored.last.map { $0.upperBound - 1 } ?? 0
    }
}
