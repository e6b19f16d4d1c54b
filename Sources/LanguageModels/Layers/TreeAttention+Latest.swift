import TokenTrees
import Torch

extension TreeAttention {
    /// Attention of a sequence's latest rows over all its rows, without gradients.
    ///
    /// - Parameters:
    ///   - query: `[latest, head, headSize]`, rotated.
    ///   - key: `[sequence, keyValueHead, headSize]`, rotated, the latest rows last.
    ///   - value: the shape and dtype of `key`, in which attention computes.
    ///   - scale: as in `attend`, like the rest.
    /// - Returns: the shape and dtype of `query`.
    static func attendLatest(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        scale: Double,
        window: Int?,
        softCap: Double?
    ) throws(TorchError) -> Tensor {
        let (latest, count) = (query.shape[0], key.shape[0])
        var seen = 0..<count
        var visibility = FlashAttention.Visibility.full
        if latest == 1 {
            // One row sees all that its window holds.
            if let window, window < count { seen = count - window..<count }
        } else {
            let span = AttentionSpan(
                rows: count - latest..<count,
                context: [0..<count - latest]
            )
            visibility = .mask(try Self.visibility(span, window: window, on: query.device))
        }
        let (key, value) = try (key.narrowed(seen), value.narrowed(seen))
        let rows = try query.to(key.dtype)
        if let softCap {
            return try capped(rows, key, value, visibility, scale: scale, softCap: softCap)
                .to(query.dtype)
        }
        return try rowsFirst(
            FlashAttention.automatic(
                headsFirst(rows),
                headsFirst(key),
                headsFirst(value),
                visibility,
                scale: scale
            )
        ).to(query.dtype)
    }
}
