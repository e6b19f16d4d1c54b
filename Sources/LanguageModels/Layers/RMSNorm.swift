import Torch

/// Root-mean-square normalisation (arXiv:1910.07467): x / √(mean(x²) + ε) · weight.
struct RMSNorm {
    private let weight: Tensor
    private let epsilon: Double

    init(_ parameters: ParameterScope, size: Int, epsilon: Double) throws {
        weight = try parameters.tensor("weight", shape: [size])
        self.epsilon = epsilon
    }

    /// - Parameter x: `[…, size]`, compute dtype; the mean is taken in float32.
    /// - Returns: the same shape and dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try rootMeanSquareNormalized(x, weight: weight, epsilon: epsilon)
    }
}

/// RMSNorm with a backward of its own, which keeps only the input and one number per row.
///
/// With r = 1/√(mean(x²) + ε), x̂ = x·r and the gradient g of the result:
/// ∂weight = Σ g·x̂ and ∂x = r · (g·w − x̂ · mean(g·w·x̂)).
func rootMeanSquareNormalized(
    _ x: Tensor,
    weight: Tensor,
    epsilon: Double
) throws(TorchError) -> Tensor {
    try withCustomGradient([x, weight]) { () throws(TorchError) in
        let size = Double(x.shape.last ?? 1)
        let norm = try x.norm(dimension: -1, keepingDimension: true)  // […, 1], float32
        let scale = try ((norm * norm) / size + epsilon).reciprocalSquareRoot()
        let dtype = x.dtype
        let result = try (x * scale).to(dtype)
        try result.multiplyInPlace(weight)

        return CustomGradient([result]) { (gradients, needs) throws(TorchError) in
            let normalized = try x * scale
            let gradient = gradients[0]
            var weightGradient: Tensor?
            if needs[1] {
                let rows = try (gradient * normalized).reshaped([-1, Int(size)])
                weightGradient = try rows.sum(dimensions: [0]).to(dtype)
            }
            guard needs[0] else { return [nil, weightGradient] }
            let weighted = try (gradient * weight).to(normalized.dtype)
            let projection = try (weighted * normalized)
                .mean(dimensions: [-1], keepingDimensions: true)
            try weighted.addProductInPlace(normalized, projection, scale: -1)
            try weighted.multiplyInPlace(scale)
            return [try weighted.to(dtype), weightGradient]
        }
    }[0]
}
