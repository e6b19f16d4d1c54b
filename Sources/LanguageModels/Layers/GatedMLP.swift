import Torch

/// The feed-forward block of Llama: down(silu(gate(x)) · up(x)).
struct GatedMLP {
    private let gate, up, down: Linear

    init(
        _ parameters: ParameterScope,
        hidden: Int,
        intermediate: Int,
        hasBias: Bool = false
    ) throws {
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
    }

    /// - Parameter x: `[sequence, hidden]`, compute dtype.
    /// - Returns: `[sequence, hidden]`, same dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try down(siluGated(gate(x), up(x)))
    }
}

/// silu(gate) · up, with a backward of its own that keeps only the two inputs.
func siluGated(_ gate: Tensor, _ up: Tensor) throws(TorchError) -> Tensor {
    try withCustomGradient([gate, up]) { () throws(TorchError) in
        let result = try gate.silu()
        try result.multiplyInPlace(up)
        return CustomGradient([result]) { (gradients, _) throws(TorchError) in
            let gradient = gradients[0]
            let upGradient = try gate.silu()
            try upGradient.multiplyInPlace(gradient)
            return [try gate.siluGradient(gradient * up), upGradient]
        }
    }[0]
}
