import TokenTrees
import Torch

// A span is cut into segments of keys: each range of its context, which it sees whole, and its own
// rows, which it sees causally. Each segment is one call of the flash kernel on views, without a
// mask and without gathered keys. Outputs of segments are put together by their log-sum-exps:
// with lᵢ that of segment i and L = log Σ exp(lᵢ), the output is Σ oᵢ · exp(lᵢ − L).
//
// The kernel's backward recomputes probabilities as exp(score − L) and takes the output only for
// Σ gradient · output per row. Given the whole span's L and output it therefore yields, segment by
// segment, exactly that segment's share of the gradients.
extension TreeAttention {
    /// Attention by flash kernels for the CPU.
    static func segmented(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double
    ) throws(TorchError) -> Tensor {
        try withCustomGradient([query, key, value]) { () throws(TorchError) in
            let output = try Tensor.empty(query.shape, query.dtype)
            var logSumExponentials: [Tensor] = []
            for span in spans {
                let rows = try headsFirst(query.narrowed(span.rows))
                var parts: [(output: Tensor, logSumExponential: Tensor)] = []
                for segment in segments(of: span) {
                    parts.append(
                        try FlashAttention.cpu(
                            rows,
                            headsFirst(key.narrowed(segment.rows)),
                            headsFirst(value.narrowed(segment.rows)),
                            segment.visibility,
                            scale: scale
                        )
                    )
                }
                let whole = try combined(parts)
                try output.narrowed(span.rows).copyInPlace(rowsFirst(whole.output))
                logSumExponentials.append(whole.logSumExponential)
            }
            let saved = try output.detached()
            return CustomGradient([output]) { (gradients, _) throws(TorchError) in
                try segmentedGradient(
                    gradients[0],
                    query,
                    key,
                    value,
                    output: saved,
                    logSumExponentials: logSumExponentials,
                    spans: spans,
                    scale: scale
                )
            }
        }[0]
    }

    private static func segmentedGradient(
        _ gradient: Tensor,
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        output: Tensor,
        logSumExponentials: [Tensor],
        spans: [AttentionSpan],
        scale: Double
    ) throws(TorchError) -> [Tensor?] {
        let queryGradient = try Tensor.empty(query.shape, query.dtype)
        let keyGradient = try Tensor.empty(key.shape, key.dtype)
        let valueGradient = try Tensor.empty(value.shape, value.dtype)
        for (span, logSumExponential) in zip(spans, logSumExponentials) {
            let rows = try headsFirst(query.narrowed(span.rows))
            let rowsGradient = try headsFirst(gradient.narrowed(span.rows))
            let rowsOutput = try headsFirst(output.narrowed(span.rows))
            for segment in segments(of: span) {
                let shares = try FlashAttention.cpuGradient(
                    rowsGradient,
                    rows,
                    headsFirst(key.narrowed(segment.rows)),
                    headsFirst(value.narrowed(segment.rows)),
                    output: rowsOutput,
                    logSumExponential: logSumExponential,
                    segment.visibility,
                    scale: scale
                )
                let targets = try (
                    queryGradient.narrowed(span.rows), keyGradient.narrowed(segment.rows),
                    valueGradient.narrowed(segment.rows)
                )
                if segment.isOwn {
                    // Every row is written here first: contexts belong to earlier spans.
                    try targets.0.copyInPlace(rowsFirst(shares.query))
                    try targets.1.copyInPlace(rowsFirst(shares.key))
                    try targets.2.copyInPlace(rowsFirst(shares.value))
                } else {
                    try targets.0.addInPlace(rowsFirst(shares.query))
                    try targets.1.addInPlace(rowsFirst(shares.key))
                    try targets.2.addInPlace(rowsFirst(shares.value))
                }
            }
        }
        return [queryGradient, keyGradient, valueGradient]
    }

    /// Keys that a span sees in one way.
    private struct Segment {
        var rows: Range<Int>
        var isOwn: Bool
        var visibility: FlashAttention.Visibility { isOwn ? .causal : .full }
    }

    /// The segments of a span, its own rows first.
    private static func segments(of span: AttentionSpan) -> [Segment] {
        [Segment(rows: span.rows, isOwn: true)]
            + span.context.map { Segment(rows: $0, isOwn: false) }
    }

    private static func combined(
        _ parts: [(output: Tensor, logSumExponential: Tensor)]
    ) throws(TorchError) -> (output: Tensor, logSumExponential: Tensor) {
        guard parts.count > 1 else { return parts[0] }
        let stacked = try Tensor.concatenated(
            parts.map { (part) throws(TorchError) in try part.logSumExponential.expanded(at: 0) }
        )
        let total = try stacked.logSumExponential(dimension: 0)  // [1, head, sequence]
        var output: Tensor?
        for part in parts {
            let share = try (part.logSumExponential - total).exponential().expanded(at: 3)
            if let output {
                try output.addProductInPlace(part.output, share)
            } else {
                output = try part.output * share
            }
        }
        return (try (output ?? parts[0].output).to(parts[0].output.dtype), total)
    }
}
