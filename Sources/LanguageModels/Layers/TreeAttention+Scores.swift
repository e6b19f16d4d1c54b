import TokenTrees
import Torch

// No kernel of libtorch caps scores, or drops probabilities that the backward could find again, so
// they are written out, span by span. Forward and backward make them anew: of a layer nothing stays
// but queries, keys and values.
extension TreeAttention {
    /// Attention with capped scores or dropped probabilities, on every device.
    static func written(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double,
        window: Int?,
        softCap: Double?,
        dropout: DropoutMask?
    ) throws(TorchError) -> Tensor {
        try withCustomGradient([query, key, value]) { () throws(TorchError) in
            let output = try Tensor.empty(query.shape, query.dtype, on: query.device)
            for (index, span) in spans.enumerated() {
                let scores = try WrittenScores(query, key, span, scale, window, softCap)
                let values = try grouped(gathered(value, span.context + [span.rows]), 1)
                let kept = try dropout?.part(index).factors(for: scores.probabilities)
                let rows = try scores.weights(kept, value.dtype).matrixProduct(values)
                try output.narrowed(span.rows).copyInPlace(ungrouped(rows))
            }
            return CustomGradient([output]) { (gradients, _) throws(TorchError) in
                let queryGradient = try Tensor.empty(query.shape, query.dtype, on: query.device)
                let keyGradient = try Tensor.zeros(key.shape, key.dtype, on: key.device)
                let valueGradient = try Tensor.zeros(value.shape, value.dtype, on: value.device)
                let groupSize = query.shape[1] / max(1, key.shape[1])
                for (index, span) in spans.enumerated() {
                    let ranges = span.context + [span.rows]
                    let scores = try WrittenScores(query, key, span, scale, window, softCap)
                    let kept = try dropout?.part(index).factors(for: scores.probabilities)
                    let outer = try grouped(gradients[0].narrowed(span.rows), groupSize)
                    let values = try grouped(gathered(value, ranges), 1)
                    let rowsGradient = try scores.gradient(
                        outer.matrixProduct(values.flipped),
                        kept
                    ).to(query.dtype)
                    try queryGradient.narrowed(span.rows).copyInPlace(
                        ungrouped(rowsGradient.matrixProduct(scores.keys))
                    )
                    try add(
                        rowsGradient.flipped.matrixProduct(scores.queries),
                        to: keyGradient,
                        ranges
                    )
                    try add(
                        scores.weights(kept, value.dtype).flipped.matrixProduct(outer),
                        to: valueGradient,
                        ranges
                    )
                }
                return [queryGradient, keyGradient, valueGradient]
            }
        }[0]
    }

    /// The same for rows and keys as they are, without gradients.
    ///
    /// - Parameter visibility: everything, or a mask of booleans.
    static func capped(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        _ visibility: FlashAttention.Visibility,
        scale: Double,
        softCap: Double
    ) throws(TorchError) -> Tensor {
        let scores = try WrittenScores(query, key, visibility, scale, softCap)
        let rows = try scores.weights(nil, value.dtype).matrixProduct(grouped(value, 1))
        return try ungrouped(rows)
    }

    /// Adds what the query heads of each group give to the keys or values of ranges of rows.
    ///
    /// - Parameter shares: `[keyValueHead, group, row, headSize]`.
    private static func add(
        _ shares: Tensor,
        to total: Tensor,
        _ ranges: [Range<Int>]
    ) throws(TorchError) {
        let sums = try shares.sum(dimensions: [1]).transposed(0, 1)
        var start = 0
        for range in ranges {
            try total.narrowed(range).addInPlace(sums.narrowed(start..<start + range.count))
            start += range.count
        }
    }

    /// `[row, head, headSize]` as `[head / groupSize, groupSize, row, headSize]`.
    fileprivate static func grouped(
        _ rows: Tensor,
        _ groupSize: Int
    ) throws(TorchError) -> Tensor {
        let (count, heads, size) = (rows.shape[0], rows.shape[1], rows.shape[2])
        return try rows.transposed(0, 1)
            .reshaped([heads / max(1, groupSize), groupSize, count, size])
    }

    /// The inverse of `grouped`.
    private static func ungrouped(_ groups: Tensor) throws(TorchError) -> Tensor {
        let shape = groups.shape
        return try groups.reshaped([shape[0] * shape[1], shape[2], shape[3]]).transposed(0, 1)
    }
}

/// The scores of a span's rows, written out.
private struct WrittenScores {
    /// `[keyValueHead, group, row, headSize]`, times the scale.
    let queries: Tensor
    /// `[keyValueHead, 1, key, headSize]`, times the scale.
    let keys: Tensor
    /// `[keyValueHead, group, row, key]`, float32: tanh(score / softCap); nil without a cap.
    private let tangents: Tensor?
    /// `[keyValueHead, group, row, key]`, float32.
    let probabilities: Tensor

    init(
        _ query: Tensor,
        _ key: Tensor,
        _ span: AttentionSpan,
        _ scale: Double,
        _ window: Int?,
        _ softCap: Double?
    ) throws(TorchError) {
        try self.init(
            query.narrowed(span.rows),
            TreeAttention.gathered(key, span.context + [span.rows]),
            .mask(TreeAttention.visibility(span, window: window, on: query.device)),
            scale,
            softCap
        )
    }

    /// - Parameters:
    ///   - query: `[row, head, headSize]`.
    ///   - key: `[key, keyValueHead, headSize]`.
    ///   - visibility: everything, or a mask of booleans.
    init(
        _ query: Tensor,
        _ key: Tensor,
        _ visibility: FlashAttention.Visibility,
        _ scale: Double,
        _ softCap: Double?
    ) throws(TorchError) {
        let rows = try TreeAttention.grouped(query, query.shape[1] / key.shape[1])
        let seen = try TreeAttention.grouped(key, 1)
        let scores = try rows.matrixProduct(seen.flipped)
        let wide = try scores.to(scores.dtype.byteCount < 4 ? .float32 : scores.dtype)
        var final: Tensor
        if let softCap {
            let tangents = try (wide * (scale / softCap)).hyperbolicTangent()
            final = try tangents * softCap
            self.tangents = tangents
        } else {
            final = try wide * scale
            tangents = nil
        }
        if case .mask(let visible) = visibility {
            let hidden =
                try visible
                .isElementwiseEqual(to: Tensor.zeros([], .bool, on: query.device))
            final = try final.filled(where: hidden, with: -.infinity)
        }
        probabilities = try final.softmax(dimension: 3)
        queries = try rows * scale
        keys = try seen * scale
    }

    /// What values are multiplied with: the probabilities, some of them dropped.
    ///
    /// - Parameter kept: what dropout multiplies with.
    func weights(_ kept: Tensor?, _ dtype: DType) throws(TorchError) -> Tensor {
        guard let kept else { return try probabilities.to(dtype) }
        return try (probabilities * kept).to(dtype)
    }

    /// The gradient of the products of queries and keys, but for the scale.
    ///
    /// With the gradient g of probabilities p, which dropout multiplies as it did them: of scores
    /// p · (g − Σ p·g), and through the cap times 1 − tanh².
    func gradient(_ gradient: Tensor, _ kept: Tensor?) throws(TorchError) -> Tensor {
        let result = try gradient.to(probabilities.dtype)
        if let kept { try result.multiplyInPlace(kept) }
        try result.multiplyInPlace(probabilities)
        let sums = try result.sum(dimensions: [3], keepingDimensions: true)
        try result.addProductInPlace(probabilities, sums, scale: -1)
        if let tangents { try result.multiplyInPlace((tangents * tangents) * -1 + 1) }
        return result
    }
}

extension Tensor {
    /// The last two dimensions exchanged: a view.
    fileprivate var flipped: Tensor { get throws(TorchError) { try transposed(-2, -1) } }
}
