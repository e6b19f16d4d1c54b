import Torch

/// A matrix product with a weight, and a bias where there is one.
struct Linear {
    private let weight: Tensor
    private let bias: Tensor?

    init(_ parameters: ParameterScope, inputs: Int, outputs: Int, hasBias: Bool = false) throws {
        weight = try parameters.tensor("weight", shape: [outputs, inputs])
        bias = hasBias ? try parameters.tensor("bias", shape: [outputs]) : nil
    }

    /// - Parameter x: `[sequence, inputs]`, compute dtype.
    /// - Returns: `[sequence, outputs]`, same dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor { try x.linear(weight, bias: bias) }
}
