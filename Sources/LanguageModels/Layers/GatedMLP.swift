import Torch

/// The feed-forward block of Llama: down(activation(gate(x)) · up(x)).
struct GatedMLP: FeedForward {
    private let gate, up, down: Linear
    private let activation: Activation

    init(
        _ parameters: ParameterScope,
        _ shape: DecoderShape,
        hasBias: Bool = false
    ) throws {
        let (hidden, intermediate) = (shape.hiddenSize, shape.intermediateSize)
        gate = try Linear(
            parameters["gate_proj"],
            inputs: hidden,
            outputs: intermediate,
            hasBias: hasBias
        )
        up = try Linear(
            parameters["up_proj"],
            inputs: hidden,
            outputs: intermediate,
            hasBias: hasBias
        )
        down = try Linear(
            parameters["down_proj"],
            inputs: intermediate,
            outputs: hidden,
            hasBias: hasBias
        )
        activation = shape.activation
    }

    /// - Parameter x: `[sequence, hidden]`, compute dtype.
    /// - Returns: `[sequence, hidden]`, same dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try down(activation.gated(gate(x), up(x)))
    }
}
