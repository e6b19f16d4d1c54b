import Torch

/// Cosines and sines of rotary position embedding (arXiv:2104.09864), for the rows of a batch.
///
/// The halves of a head are rotated against each other, as in Hugging Face's Llama: element i
/// and element i + headSize/2 turn by position · base^(−2i/headSize).
struct RotaryEmbedding {
    /// `[sequence, 1, headSize]`, compute dtype: both halves the same.
    private let cosine: Tensor
    /// `[sequence, 1, headSize / 2]`, compute dtype.
    private let sine: Tensor

    /// - Parameter positions: position of each row in its sequence, from 0.
    init(positions: [Int32], headSize: Int, base: Double, dtype: DType, on device: Device) throws {
        let half = headSize / 2
        var angles: [Float] = []
        angles.reserveCapacity(positions.count * half)
        // float32 products of float32 factors, as the reference implementation has them.
        let frequencies = (0..<half).map {
            1 / Float(base).power(Float(2 * $0) / Float(headSize))
        }
        for position in positions {
            for frequency in frequencies { angles.append(Float(position) * frequency) }
        }
        let table = try Tensor(angles, shape: [positions.count, 1, half], on: device)
        let halfCosine = try table.cosine().to(dtype)
        cosine = try Tensor.concatenated([halfCosine, halfCosine], dimension: 2)
        sine = try table.sine().to(dtype)
    }

    /// - Parameter x: `[sequence, head, headSize]`, compute dtype.
    /// - Returns: the same shape and dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try withCustomGradient([x]) { () throws(TorchError) in
            CustomGradient([try rotated(x, direction: 1)]) { (gradients, _) throws(TorchError) in
                // The inverse of a rotation is its transpose.
                [try rotated(gradients[0], direction: -1)]
            }
        }[0]
    }

    private func rotated(_ x: Tensor, direction: Double) throws(TorchError) -> Tensor {
        let half = sine.shape[2]
        let first = 0..<half
        let second = half..<2 * half
        let result = try x * cosine
        try result.narrowed(first, dimension: 2).addProductInPlace(
            x.narrowed(second, dimension: 2),
            sine,
            scale: -direction
        )
        try result.narrowed(second, dimension: 2).addProductInPlace(
            x.narrowed(first, dimension: 2),
            sine,
            scale: direction
        )
        return result
    }
}
