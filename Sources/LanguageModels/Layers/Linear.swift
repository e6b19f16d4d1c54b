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

    private let path: String
    private let weight: Tensor
    private let bias: Tensor?
    private let layout: Layout
    private let adapter: LowRankAdapter?

    init(
        _ parameters: ParameterScope,
        inputs: Int,
        outputs: Int,
        hasBias: Bool = false,
        layout: Layout = .outputsFirst,
        initially initialization: Initialization = .normal
    ) throws {
        path = parameters.path
        let shape = layout == .outputsFirst ? [outputs, inputs] : [inputs, outputs]
        weight = try parameters.tensor("weight", shape: shape, initially: initialization)
        bias = hasBias ? try parameters.tensor("bias", shape: [outputs], initially: .zeros) : nil
        self.layout = layout
        let store = parameters.store
        adapter = try store.adapter?.layer(
            store.modulePrefix + parameters.path,
            weightName: parameters["weight"].path,
            weight,
            layout: layout,
            inputs: inputs,
            outputs: outputs
        )
    }

    /// - Parameter x: `[sequence, inputs]`, compute dtype.
    /// - Returns: `[sequence, outputs]`, same dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try NumberInspection.module(path, x) { x in
            let weight = try layout.outputsFirst(weight)
            return try adapter.map { try $0(x, weight, bias) } ?? x.linear(weight, bias: bias)
        }
    }
}
