/// Rows that attend causally to each other, and fully to every row of their context.
///
/// On CUDA a span is one causal call of variable-length attention, aligned at the bottom right:
/// the keys are the gathered context with the span's own rows behind it.
public struct AttentionSpan: Sendable, Equatable {
    /// The span's own rows: one chain of positions without a gap.
    public var rows: Range<Int>

    /// The rows before them in the tree, in order of position, none adjacent to the next; empty
    /// for a span that begins at position 0.
    public var context: [Range<Int>]

    /// - Parameters:
    ///   - rows: the span's own rows.
    ///   - context: the rows before them in the tree, in order of position.
    public init(rows: Range<Int>, context: [Range<Int>]) {
        self.rows = rows
        self.context = context
    }

    /// How many rows the context has: the position of the span's first row.
    public var contextCount: Int { context.reduce(0) { $0 + $1.count } }
}
