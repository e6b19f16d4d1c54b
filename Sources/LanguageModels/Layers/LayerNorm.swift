import Torch

/// Layer normalisation (arXiv:1607.06450): (x − mean) / √(variance + ε) · weight + bias.
struct LayerNorm: Norm {
    private let path: String
    private let weight: Tensor
    private let bias: Tensor
    private let epsilon: Double

    init(_ parameters: ParameterScope, size: Int, epsilon: Double) throws {
        path = parameters.path
        weight = try parameters.tensor("weight", shape: [size], initially: .ones)
        bias = try parameters.tensor("bias", shape: [size], initially: .zeros)
        self.epsilon = epsilon
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try NumberInspection.module(path, x) { x in
            try x.layerNormalized(weight: weight, bias: bias, epsilon: epsilon)
        }
    }
}
