import CTorch

/// Attention of rows in spans, on the CPU: one kernel for all of them, without a graph or a mask.
///
/// Rows of a span see each other causally and all of its context. Tensors are float32 or bfloat16,
/// all of them alike; everything inside is float32. Scores are computed for what is seen alone.
public struct SpanAttention {
    private let rows: [ctorch_range]
    private let contextCounts: [Int]
    private let contexts: [ctorch_range]
    private let window: Int64
    private let scale: Double

    /// - Parameters:
    ///   - rows: of each span its own rows; together all, in order.
    ///   - contexts: of each span the rows before it that it sees, in order of their positions.
    ///   - window: how many positions a row sees, the last of them its own; all where nil.
    ///   - scale: what scores are multiplied with before the softmax.
    public init(rows: [Range<Int>], contexts: [[Range<Int>]], window: Int?, scale: Double) {
        precondition(rows.count == contexts.count, "each span has a context, which may be empty")
        precondition(window ?? 1 > 0, "a row sees at least itself")
        self.rows = rows.map(ctorch_range.init)
        contextCounts = contexts.map(\.count)
        self.contexts = contexts.flatMap { $0.map(ctorch_range.init) }
        self.window = Int64(window ?? 0)
        self.scale = scale
    }

    /// Whether tensors are what the kernel takes.
    public static func suits(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Bool {
        FusedPasses.suit(query, key, value)
    }

    /// Computes attention.
    ///
    /// - Parameters:
    ///   - query: `[row, head, headSize]`.
    ///   - key: `[row, keyHead, headSize]`; a head serves a group of neighbouring query heads.
    ///   - value: the shape of `key`.
    /// - Returns: the shape and dtype of `query`; and `[head, row]`, float32, the logarithm of each
    ///   row's softmax denominator, for `gradients`.
    public func output(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor
    ) throws(TorchError) -> (output: Tensor, logSumExponential: Tensor) {
        let results = try withSpans { (spans) throws(TorchError) in
            try tensors("tree_attention", [query, key, value], count: 2) {
                ctorch_tree_attention(
                    query.handle,
                    key.handle,
                    value.handle,
                    spans,
                    window,
                    scale,
                    $0,
                    $0 + 1
                )
            }
        }
        return (results[0], results[1])
    }

    /// The gradients of query, key and value, for one of the output.
    public func gradients(
        _ gradient: Tensor,
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        output: Tensor,
        logSumExponential: Tensor
    ) throws(TorchError) -> [Tensor] {
        try withSpans { (spans) throws(TorchError) in
            let operands = [gradient, query, key, value]
            return try tensors("tree_attention_backward", operands, count: 3) {
                ctorch_tree_attention_backward(
                    gradient.handle,
                    query.handle,
                    key.handle,
                    value.handle,
                    output.handle,
                    logSumExponential.handle,
                    spans,
                    window,
                    scale,
                    $0,
                    $0 + 1,
                    $0 + 2
                )
            }
        }
    }

    private func withSpans<Result>(
        _ body: (UnsafePointer<ctorch_spans>) throws(TorchError) -> Result
    ) throws(TorchError) -> Result {
        try rows.withUnsafeBufferPointer { (rows) throws(TorchError) in
            try contextCounts.withUnsafeBufferPointer { (counts) throws(TorchError) in
                try contexts.withUnsafeBufferPointer { (contexts) throws(TorchError) in
                    var spans = ctorch_spans(
                        count: rows.count,
                        rows: rows.baseAddress,
                        context_counts: counts.baseAddress,
                        contexts: contexts.baseAddress
                    )
                    return try withUnsafePointer(to: &spans, body)
                }
            }
        }
    }
}

extension ctorch_range {
    fileprivate init(_ range: Range<Int>) {
        self.init(first: Int64(range.lowerBound), count: Int64(range.count))
    }
}
