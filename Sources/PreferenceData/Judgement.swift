/// What is known of how good the answers to a prompt are.
public enum Judgement: Sendable, Equatable {
    /// The rank of each answer: the smaller the better; answers of one rank are not compared.
    case ranked([Int])
    /// Whether the one answer there is, is wanted.
    case labelled(Bool)

    /// Chosen, then rejected.
    public static let pair = Judgement.ranked([0, 1])

    /// Whether an answer is wanted, or as good as the best.
    public func prefers(_ answer: Int) -> Bool {
        switch self {
        case .ranked(let ranks): ranks[answer] == ranks.min()
        case .labelled(let isWanted): isWanted
        }
    }

    /// The answers that are compared with each other, the better one first, in their order.
    ///
    /// Empty where there is nothing to compare.
    public var comparisons: [(better: Int, worse: Int)] {
        guard case .ranked(let ranks) = self else { return [] }
        return ranks.indices.flatMap { better in
            ranks.indices.filter { ranks[better] < ranks[$0] }.map { (better, $0) }
        }
    }
}
