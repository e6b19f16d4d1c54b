import Torch

/// A matrix product with a weight, and a bias where there is one.
struct Linear {
    /// How the weight lies in the file.
    enum Layout {
        /// `[outputs, inputs]`: what almost all models have.
        case outputsFirst
        /// `[inputs, outputs]`: GPT-2's "Conv1D".
        case inputsFirst
    }

    private let weight: Tensor
    private let bias: Tensor?
    private let layout: Layout

    init(
        _ parameters: ParameterScope,
        inputs: Int,
        outputs: Int,
        hasBias: Bool = false,
        layout: Layout = .outputsFirst
    ) throws {
        let shape = layout == .outputsFirst ? [outputs, inputs] : [inputs, outputs]
        weight = try parameters.tensor("weight", shape: shape)
        bias = hasBias ? try parameters.tensor("bias", shape: [outputs]) : nil
        self.layout = layout
    }

    /// - Parameter x: `[sequence, inputs]`, compute dtype.
    /// - Returns: `[sequence, outputs]`, same dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try x.linear(layout == .outputsFirst ? weight : weight.transposed, bias: bias)
    }
}
