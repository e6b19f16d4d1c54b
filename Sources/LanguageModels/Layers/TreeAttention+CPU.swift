import TokenTrees
import Torch

// A span is cut into segments of keys: each range of its context, which it sees whole, and its own
// rows, which it sees causally. Where a window cuts something off, the span is first cut into
// pieces of no more rows than the window has; each sees its own rows causally as before, what all
// its rows see of the keys before them whole, and what only some see through a mask. Each segment
// is one call of the flash kernel on views, without
// gathered keys. Outputs of segments are put together by their log-sum-exps:
// with lᵢ that of segment i and L = log Σ exp(lᵢ), the output is Σ oᵢ · exp(lᵢ − L).
//
// The kernel's backward recomputes probabilities as exp(score − L) and takes the output only for
// Σ gradient · output per row. Given the whole span's L and output it therefore yields, segment by
// segment, exactly that segment's share of the gradients.
//
// The kernel computes in float32 whatever comes in: in bfloat16 it is slower, its backward by up to
// three times for short spans, and it compiles products anew for every length. What is kept for the
// backward is of the dtype that came.
extension TreeAttention {
    /// Attention by flash kernels for the CPU.
    static func segmented(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double,
        window: Int?
    ) throws(TorchError) -> Tensor {
        try withCustomGradient([query, key, value]) { () throws(TorchError) in
            let dtype = kernelDType(query.dtype)
            let (wideQuery, wideKey, wideValue) = try (
                query.to(dtype), key.to(dtype), value.to(dtype)
            )
            var pieces: [Piece] = []
            for span in spans {
                pieces += try Self.pieces(of: span, window: window, dtype)
            }
            let output = try Tensor.empty(query.shape, dtype)
            var logSumExponentials: [Tensor] = []
            for piece in pieces {
                let rows = try headsFirst(wideQuery.narrowed(piece.rows))
                var parts: [(output: Tensor, logSumExponential: Tensor)] = []
                for segment in piece.segments {
                    parts.append(
                        try FlashAttention.cpu(
                            rows,
                            headsFirst(wideKey.narrowed(segment.rows)),
                            headsFirst(wideValue.narrowed(segment.rows)),
                            segment.visibility,
                            scale: scale
                        )
                    )
                }
                let whole = try combined(parts)
                try output.narrowed(piece.rows).copyInPlace(rowsFirst(whole.output))
                logSumExponentials.append(whole.logSumExponential)
            }
            let result = try output.to(query.dtype)
            let saved = try result.detached()
            return CustomGradient([result]) { (gradients, _) throws(TorchError) in
                try segmentedGradient(
                    gradients[0].to(dtype),
                    query.to(dtype),
                    key.to(dtype),
                    value.to(dtype),
                    output: saved.to(dtype),
                    logSumExponentials: logSumExponentials,
                    pieces: pieces,
                    scale: scale
                ).map { (gradient) throws(TorchError) in try gradient.to(query.dtype) }
            }
        }[0]
    }

    /// What the kernel computes in.
    private static func kernelDType(_ dtype: DType) -> DType {
        dtype == .bfloat16 ? .float32 : dtype
    }

    private static func segmentedGradient(
        _ gradient: Tensor,
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        output: Tensor,
        logSumExponentials: [Tensor],
        pieces: [Piece],
        scale: Double
    ) throws(TorchError) -> [Tensor] {
        let queryGradient = try Tensor.empty(query.shape, query.dtype)
        let keyGradient = try Tensor.empty(key.shape, key.dtype)
        let valueGradient = try Tensor.empty(value.shape, value.dtype)
        for (piece, logSumExponential) in zip(pieces, logSumExponentials) {
            let rows = try headsFirst(query.narrowed(piece.rows))
            let rowsGradient = try headsFirst(gradient.narrowed(piece.rows))
            let rowsOutput = try headsFirst(output.narrowed(piece.rows))
            for segment in piece.segments {
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
                    queryGradient.narrowed(piece.rows), keyGradient.narrowed(segment.rows),
                    valueGradient.narrowed(segment.rows)
                )
                if case .causal = segment.visibility {
                    // Every row is written here first: other keys belong to earlier pieces.
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

    /// Rows that are computed together, and the keys they see.
    private struct Piece {
        var rows: Range<Int>
        /// The rows themselves first.
        var segments: [Segment]

        /// A piece that sees its own rows, and others before them.
        init(_ rows: Range<Int>, others: [Segment]) {
            self.rows = rows
            segments = [Segment(rows: rows, visibility: .causal)] + others
        }
    }

    /// Keys that a piece sees in one way; causally only its own.
    private struct Segment {
        var rows: Range<Int>
        var visibility: FlashAttention.Visibility
    }

    /// The pieces of a span: one where no window cuts.
    private static func pieces(
        of span: AttentionSpan,
        window: Int?,
        _ dtype: DType
    ) throws(TorchError) -> [Piece] {
        let before = span.contextCount
        guard let window, window < before + span.rows.count else {
            return [
                Piece(
                    span.rows,
                    others: span.context.map { Segment(rows: $0, visibility: .full) }
                )
            ]
        }
        var pieces: [Piece] = []
        for start in stride(from: span.rows.lowerBound, to: span.rows.upperBound, by: window) {
            let rows = start..<min(start + window, span.rows.upperBound)
            // The position of the piece's first row; and of the first keys that it and that the
            // piece's last row see.
            let position = before + start - span.rows.lowerBound
            let (first, last) = (position - window + 1, position + rows.count - window)
            var others: [Segment] = []
            var rangeStart = 0
            for range in span.context + [span.rows.lowerBound..<start] where !range.isEmpty {
                let shift = range.lowerBound - rangeStart
                rangeStart += range.count
                // Keys before the first are seen by no row, from the second on by all.
                let seen = min(max(range.lowerBound, first + shift), range.upperBound)
                let whole = min(max(seen, last + shift), range.upperBound)
                if seen < whole {
                    // Row i of the piece sees keys from position first + i on.
                    let hidden = try Tensor.lowerTriangle(
                        rows: rows.count,
                        columns: whole - seen,
                        diagonal: first + shift - seen - 1
                    )
                    // Finite, for rows that see nothing of the segment: their log-sum-exp is then
                    // so low that nothing remains of them beside the other segments.
                    let mask = try Tensor.zeros([rows.count, whole - seen], dtype)
                        .filled(where: hidden, with: -1e30)
                    others.append(Segment(rows: seen..<whole, visibility: .mask(mask)))
                }
                if whole < range.upperBound {
                    others.append(Segment(rows: whole..<range.upperBound, visibility: .full))
                }
            }
            pieces.append(Piece(rows, others: others))
        }
        return pieces
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
