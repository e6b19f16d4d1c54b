public import TokenTrees
public import Torch

/// Attention over packed trees: each row sees its own sequence's rows up to itself.
public enum TreeAttention {
    /// Attention on the device's best kernels, differentiable.
    ///
    /// - Parameters:
    ///   - query: `[sequence, head, headSize]`, rotated.
    ///   - key: `[sequence, keyValueHead, headSize]`, rotated; a head serves a group of
    ///     neighbouring query heads.
    ///   - value: the shape of `key`.
    ///   - spans: who sees whom; they cover all rows.
    ///   - scale: what scores are multiplied with before the softmax.
    ///   - window: how many positions of its sequence a row sees, the last of them its own; all
    ///     where nil.
    ///   - softCap: scores become softCap · tanh(score / softCap); they stay where nil.
    ///   - dropout: what is dropped of the probabilities; nothing where nil.
    /// - Returns: the shape and dtype of `query`.
    public static func attend(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double,
        window: Int? = nil,
        softCap: Double? = nil,
        dropout: DropoutMask? = nil
    ) throws(TorchError) -> Tensor {
        if softCap != nil || dropout != nil {
            return try written(
                query,
                key,
                value,
                spans: spans,
                scale: scale,
                window: window,
                softCap: softCap,
                dropout: dropout
            )
        }
        switch query.device.kind {
        case .cpu where SpanAttention.suits(query, key, value):
            return try fused(query, key, value, spans: spans, scale: scale, window: window)
        // The kernel knows no float32, and no window over a context.
        case .cuda where query.dtype.byteCount == 2 && window == nil:
            return try joined(query, key, value, spans: spans, scale: scale, by: .cuda)
        case .cpu, .cuda, .mps:
            return try plain(query, key, value, spans: spans, scale: scale, window: window)
        }
    }

    /// The same by libtorch's general attention, span by span over gathered keys, without caps.
    ///
    /// What the faster forms are tested against.
    public static func plain(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double,
        window: Int? = nil
    ) throws(TorchError) -> Tensor {
        guard !spans.isEmpty else { return query }
        var outputs: [Tensor] = []
        for span in spans {
            let ranges = span.context + [span.rows]
            let output = try FlashAttention.automatic(
                headsFirst(query.narrowed(span.rows)),
                headsFirst(gathered(key, ranges)),
                headsFirst(gathered(value, ranges)),
                .mask(visibility(span, window: window, on: query.device)),
                scale: scale
            )
            outputs.append(try rowsFirst(output))
        }
        return try Tensor.concatenated(outputs)
    }

    /// `[rows, context + rows]` of a span: whether a row sees a key.
    static func visibility(
        _ span: AttentionSpan,
        window: Int?,
        on device: Device
    ) throws(TorchError) -> Tensor {
        let (rows, before) = (span.rows.count, span.contextCount)
        func upTo(_ diagonal: Int) throws(TorchError) -> Tensor {
            try Tensor.lowerTriangle(
                rows: rows,
                columns: before + rows,
                diagonal: diagonal,
                on: device
            )
        }
        guard let window, window < before + rows else { return try upTo(before) }
        return try upTo(before).isGreater(than: upTo(before - window))
    }

    static func gathered(
        _ tensor: Tensor,
        _ ranges: [Range<Int>]
    ) throws(TorchError) -> Tensor {
        let parts = try ranges.map { (range) throws(TorchError) in try tensor.narrowed(range) }
        return parts.count == 1 ? parts[0] : try Tensor.concatenated(parts)
    }

    /// `[sequence, head, headSize]` as `[1, head, sequence, headSize]`: a view.
    static func headsFirst(_ tensor: Tensor) throws(TorchError) -> Tensor {
        try tensor.transposed(0, 1).expanded(at: 0)
    }

    /// `[1, head, sequence, headSize]` as `[sequence, head, headSize]`: a view.
    static func rowsFirst(_ tensor: Tensor) throws(TorchError) -> Tensor {
        try tensor.squeezed(0).transposed(0, 1)
    }
}
