import Torch

/// Layer normalisation (arXiv:1607.06450): (x − mean) / √(variance + ε) · weight + bias.
struct LayerNorm: Norm {
    private let weight: Tensor
    private let bias: Tensor
    private let epsilon: Double

    init(_ parameters: ParameterScope, size: Int, epsilon: Double) throws {
        weight = try parameters.tensor("weight", shape: [size])
        bias = try parameters.tensor("bias", shape: [size])
        self.epsilon = epsilon
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try x.layerNormalized(weight: weight, bias: bias, epsilon: epsilon)
    }
}
