import TokenTrees
import Torch

// Two calls of a kernel for sequences of any lengths: in the first every span sees its own rows,
// causally; in the second the rows that have a context see that, whole. The two are put together by
// their log-sum-exps. The kernel's backward recomputes probabilities as exp(score − log-sum-exp) and
// takes the output only for Σ gradient · output per row: given the combined ones it yields exactly
// each call's share of the gradients.
extension TreeAttention {
    /// Attention in two calls, however many spans there are.
    static func joined(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double,
        by kernel: VariableLengthAttention
    ) throws(TorchError) -> Tensor {
        guard !spans.isEmpty else { return query }
        let device = query.device
        return try withCustomGradient([query, key, value]) { () throws(TorchError) in
            let lengths = spans.map(\.rows.count)
            let own = try VariableLengthAttention.Layout(
                queries: lengths,
                keys: lengths,
                isCausal: true,
                on: device
            )
            let context = try Context(spans, on: device)
            var result = try kernel.forward(query, key, value, own, scale)
            if let context {
                let other = try kernel.forward(
                    query.selected(context.rows),
                    key.selected(context.keys),
                    value.selected(context.keys),
                    context.layout,
                    scale
                )
                result = try combined(result, other, at: context.rows)
            }
            let (saved, dtype) = (result, query.dtype)
            return CustomGradient([saved.output]) { (gradients, _) throws(TorchError) in
                let gradient = try gradients[0].contiguous()
                let shares = try kernel.backward(gradient, query, key, value, saved, own, scale)
                guard let context else { return shares }
                let others = try kernel.backward(
                    gradient.selected(context.rows),
                    query.selected(context.rows),
                    key.selected(context.keys),
                    value.selected(context.keys),
                    VariableLengthAttention.Output(
                        saved.output.selected(context.rows),
                        logSumExponential: saved.logSumExponential.selected(context.rows)
                    ),
                    context.layout,
                    scale
                )
                // A row is context of many: its shares are added in float32.
                let places = [context.rows, context.keys, context.keys]
                var sums: [Tensor] = []
                for (share, (other, place)) in zip(shares, zip(others, places)) {
                    let sum = try share.to(kernelSum(dtype))
                    try sum.addInPlace(other.to(sum.dtype), at: place)
                    sums.append(try sum.to(dtype))
                }
                return sums
            }
        }[0]
    }

    /// What is added up in.
    private static func kernelSum(_ dtype: DType) -> DType {
        dtype.byteCount < 4 ? .float32 : dtype
    }

    /// The rows that see others before their span, and what they see.
    private struct Context {
        /// `[n]`, ascending.
        let rows: Tensor
        /// `[m]`: a row comes again with each span that sees it.
        let keys: Tensor
        let layout: VariableLengthAttention.Layout

        /// Nil where no span has a context.
        init?(_ spans: [AttentionSpan], on device: Device) throws(TorchError) {
            let spans = spans.filter { $0.contextCount > 0 }
            guard !spans.isEmpty else { return nil }
            rows = try Tensor(spans.flatMap { $0.rows.map { Int32($0) } }, on: device)
            keys = try Tensor(
                spans.flatMap { $0.context.flatMap { $0.map { Int32($0) } } },
                on: device
            )
            layout = try VariableLengthAttention.Layout(
                queries: spans.map(\.rows.count),
                keys: spans.map(\.contextCount),
                isCausal: false,
                on: device
            )
        }
    }

    /// What rows see in two parts as one: Σ oᵢ · exp(lᵢ − L) with L = log Σ exp(lᵢ).
    ///
    /// - Parameters:
    ///   - whole: of all rows.
    ///   - other: of some of them.
    ///   - rows: which.
    private static func combined(
        _ whole: VariableLengthAttention.Output,
        _ other: VariableLengthAttention.Output,
        at rows: Tensor
    ) throws(TorchError) -> VariableLengthAttention.Output {
        let first = try whole.logSumExponential.selected(rows)
        let both = try Tensor.concatenated([
            first.expanded(at: 0), other.logSumExponential.expanded(at: 0),
        ])
        let total = try both.logSumExponential(dimension: 0)
        func share(_ part: Tensor) throws(TorchError) -> Tensor {
            try (part - total).exponential().expanded(at: 2)
        }
        // Written as what is added to the first part, so that other rows stay as they are.
        let output = try whole.output.to(kernelSum(whole.output.dtype)).cloned()
        let change = try output.selected(rows) * (share(first) - 1)
        try change.addProductInPlace(other.output.to(output.dtype), share(other.logSumExponential))
        try output.addInPlace(change, at: rows)
        let logSumExponential = try whole.logSumExponential.cloned()
        try logSumExponential.addInPlace(total - first, at: rows)
        return VariableLengthAttention.Output(
            try output.to(whole.output.dtype),
            logSumExponential: logSumExponential
        )
    }
}
