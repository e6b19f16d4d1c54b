/// Puts special tokens around the ids of a text.
enum PostProcessor: Sendable, Equatable {
    /// Changes offsets only, which this module does not give.
    case unchanged
    case template(Template)
    /// BERT's and RoBERTa's way: one token before, one behind.
    case around(first: Int32, last: Int32, separatesPairsTwice: Bool)
    case sequence([PostProcessor])

    /// What a template puts where: special tokens' ids, or a text.
    struct Template: Sendable, Equatable {
        enum Piece: Sendable, Equatable {
            case special([Int32])
            case first
            case second
        }

        var single: [Piece]
        var pair: [Piece]
    }

    func process(_ ids: [Int32], addingSpecialTokens: Bool) -> [Int32] {
        switch self {
        case .unchanged: return ids
        case .around(let first, let last, _):
            return addingSpecialTokens ? [first] + ids + [last] : ids
        case .template(let template):
            return Self.apply(template.single, [ids], addingSpecialTokens).flatMap(\.self)
        case .sequence:
            return process([ids], addingSpecialTokens).flatMap(\.self)
        }
    }

    /// What one step makes of the parts that the steps before it have left.
    private func process(_ parts: [[Int32]], _ addingSpecialTokens: Bool) -> [[Int32]] {
        switch self {
        case .unchanged: return parts
        case .sequence(let steps):
            return steps.reduce(parts) { $1.process($0, addingSpecialTokens) }
        case .template(let template):
            // More than two parts are nothing that the reference takes.
            guard parts.count <= 2 else { return parts }
            return Self.apply(
                parts.count == 2 ? template.pair : template.single,
                parts,
                addingSpecialTokens
            )
        case .around(let first, let last, let separatesTwice):
            guard addingSpecialTokens else { return parts }
            return parts.enumerated().map { index, ids in
                (index == 0 ? [first] : separatesTwice ? [last] : []) + ids + [last]
            }
        }
    }

    private static func apply(
        _ template: [Template.Piece],
        _ parts: [[Int32]],
        _ addingSpecialTokens: Bool
    ) -> [[Int32]] {
        template.compactMap { piece in
            switch piece {
            case .special(let ids): addingSpecialTokens ? ids : nil
            case .first: parts.first
            case .second: parts.count > 1 ? parts[1] : nil
            }
        }
    }
}
