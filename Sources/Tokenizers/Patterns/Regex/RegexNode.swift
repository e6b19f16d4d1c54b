/// A regular expression as a tree.
indirect enum RegexNode: Sendable {
    case empty
    case set(ScalarSet)
    case sequence([RegexNode])
    /// The first alternative that leads to a match is taken.
    case alternation([RegexNode])
    case repetition(RegexNode, minimum: Int, maximum: Int?, Greed)
    case capture(RegexNode, index: Int)
    case lookAhead(RegexNode, isNegated: Bool)
    case lookBehind(RegexNode, isNegated: Bool)
    /// Once matched, never tried again in another way.
    case atomic(RegexNode)
    case assertion(Assertion)
    case backReference(Int, ignoresCase: Bool)

    enum Greed: Sendable {
        case greedy, lazy, possessive
    }

    enum Assertion: Sendable {
        case startOfLine, endOfLine
        case startOfText, endOfText
        /// The end, or before a newline that ends the text.
        case endOfTextOrLastNewline
        case wordBoundary, noWordBoundary
    }

    /// How many scalars every match has, or nil where it varies.
    var fixedLength: Int? {
        switch self {
        case .empty, .lookAhead, .lookBehind, .assertion: 0
        case .set: 1
        case .sequence(let nodes):
            nodes.reduce(0) { sum, node in
                guard let sum, let length = node.fixedLength else { return nil }
                return sum + length
            }
        case .alternation(let nodes):
            nodes.allSatisfy { $0.fixedLength == nodes.first?.fixedLength }
                ? nodes.first?.fixedLength : nil
        case .repetition(let node, let minimum, let maximum, _):
            minimum == maximum ? node.fixedLength.map { $0 * minimum } : nil
        case .capture(let node, _), .atomic(let node): node.fixedLength
        case .backReference: nil
        }
    }

    /// Whether it can match nothing.
    var canBeEmpty: Bool {
        switch self {
        case .empty, .lookAhead, .lookBehind, .assertion, .backReference: true
        case .set: false
        case .sequence(let nodes): nodes.allSatisfy(\.canBeEmpty)
        case .alternation(let nodes): nodes.contains(where: \.canBeEmpty)
        case .repetition(let node, let minimum, _, _): minimum == 0 || node.canBeEmpty
        case .capture(let node, _), .atomic(let node): node.canBeEmpty
        }
    }
}
