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
    /// - Returns: the shape and dtype of `query`.
    public static func attend(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double
    ) throws(TorchError) -> Tensor {
        query.device.kind == .cpu
            ? try segmented(query, key, value, spans: spans, scale: scale)
            : try plain(query, key, value, spans: spans, scale: scale)
    }

    /// The same by libtorch's general attention, span by span over gathered keys.
    ///
    /// What the faster forms are tested against.
    public static func plain(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double
    ) throws(TorchError) -> Tensor {
        guard !spans.isEmpty else { return query }
        var outputs: [Tensor] = []
        for span in spans {
            let ranges = span.context + [span.rows]
            let keys = try gathered(key, ranges)
            let mask = try Tensor.lowerTriangle(
                rows: span.rows.count,
                columns: span.contextCount + span.rows.count,
                diagonal: span.contextCount,
                on: query.device
            )
            let output = try FlashAttention.automatic(
                headsFirst(query.narrowed(span.rows)),
                headsFirst(keys),
                headsFirst(gathered(value, ranges)),
                .mask(mask),
                scale: scale
            )
            outputs.append(try rowsFirst(output))
        }
        return try Tensor.concatenated(outputs)
    }

    private static func gathered(
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
