import TokenTrees
import Torch

/// Cosines and sines of rotary position embedding (arXiv:2104.09864), for the rows of a batch.
///
/// The halves of what turns of a head are rotated against each other, as in Hugging Face's Llama:
/// element i and element i + dimension/2 turn by position · frequency i.
struct RotaryEmbedding {
    /// `[sequence, 1, headSize]`: both halves the same, and ones for what does not turn.
    private let cosine: Tensor
    /// `[sequence, 1, dimension / 2]`.
    private let sine: Tensor

    /// - Parameters:
    ///   - positions: position of each row in its sequence, from 0.
    ///   - lengths: how long the sequence of each row is; of use where frequencies depend on it.
    ///   - headSize: numbers of a head, at least those that turn.
    ///   - dtype: the compute dtype; or float32, then products are rounded to it only at last.
    init(
        _ configuration: RotaryConfiguration,
        positions: [Int32],
        lengths: [Int32],
        headSize: Int,
        dtype: DType,
        on device: Device
    ) throws {
        let half = configuration.dimension / 2
        var angles: [Float] = []
        angles.reserveCapacity(positions.count * half)
        var known: [Int: [Float]] = [:]
        for (position, length) in zip(positions, lengths) {
            let kind = configuration.frequencyClass(length: Int(length))
            let frequencies = known[kind] ?? configuration.frequencies(length: Int(length))
            known[kind] = frequencies
            // float32 products of float32 factors, as the reference implementation has them.
            for frequency in frequencies { angles.append(Float(position) * frequency) }
        }
        let table = try Tensor(angles, shape: [positions.count, 1, half], on: device)
        let factor = configuration.attentionFactor
        let halfCosine = try (table.cosine() * factor).to(dtype)
        let rest = [positions.count, 1, headSize - 2 * half]
        cosine = try Tensor.concatenated(
            [halfCosine, halfCosine, Tensor.full(rest, 1, dtype, on: device)],
            dimension: 2
        )
        sine = try (table.sine() * factor).to(dtype)
    }

    /// - Parameter x: `[sequence, head, headSize]`, compute dtype.
    /// - Returns: the same shape and dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try withCustomGradient([x]) { () throws(TorchError) in
            CustomGradient([try rotated(x)]) { (gradients, _) throws(TorchError) in
                // The inverse of a rotation is its transpose.
                [try rotated(gradients[0], isBackward: true)]
            }
        }[0]
    }

    private func rotated(
        _ x: Tensor,
        isBackward: Bool = false
    ) throws(TorchError) -> Tensor {
        if FusedPasses.suit(x, cosine) {
            return try FusedPasses.rotated(
                x,
                cosine: cosine,
                sine: sine,
                isBackward: isBackward
            )
        }
        let direction: Double = isBackward ? -1 : 1
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
        return try result.to(x.dtype)
    }
}
