import CTorch

/// AdamW: Adam with decoupled weight decay (arXiv:1711.05101), on libtorch's fused kernel.
///
/// For a parameter θ with gradient g, at update t:
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
/// θ ← θ − η·decay·θ − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
public final class AdamW {
    /// The numbers that an update follows.
    public struct Settings: Sendable, Equatable {
        /// Decay of the gradient's running mean, in [0, 1).
        public var beta1: Double
        /// Decay of the squared gradient's running mean, in [0, 1).
        public var beta2: Double
        /// What keeps the denominator from 0.
        public var epsilon: Double
        /// Weight decay per update, as a share of the learning rate.
        public var weightDecay: Double

        /// PyTorch's and TRL's defaults, but without weight decay as in TRL.
        public init(
            beta1: Double = 0.9,
            beta2: Double = 0.999,
            epsilon: Double = 1e-8,
            weightDecay: Double = 0
        ) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
        }
    }

    private let settings: Settings
    private let parameters: [Tensor]
    private let averages: [Tensor]
    private let squaredAverages: [Tensor]
    private let step: Tensor
    private var updates = 0

    /// Makes an optimizer with its state at zero.
    ///
    /// - Parameter parameters: float32 (or all of one floating dtype); updated in place.
    public init(_ parameters: [Tensor], _ settings: Settings = Settings()) throws(TorchError) {
        self.settings = settings
        self.parameters = parameters
        averages = try parameters.map { (parameter) throws(TorchError) in
            try Tensor.zeros(parameter.shape, parameter.dtype, on: parameter.device)
        }
        squaredAverages = try parameters.map { (parameter) throws(TorchError) in
            try Tensor.zeros(parameter.shape, parameter.dtype, on: parameter.device)
        }
        step = try Tensor.zeros([], .float32, on: parameters.first?.device ?? .cpu)
    }

    /// Updates every parameter.
    ///
    /// - Parameter gradients: one per parameter, of its shape and dtype.
    public func step(gradients: [Tensor], learningRate: Double) throws(TorchError) {
        precondition(gradients.count == parameters.count, "one gradient per parameter")
        try withoutGradients { () throws(TorchError) in
            try step.fillInPlace(Double(updates + 1))
            let steps = [Tensor](repeating: step, count: parameters.count)
            try check(
                "_fused_adamw_",
                ctorch_fused_adamw_(
                    parameters.handles,
                    gradients.handles,
                    averages.handles,
                    squaredAverages.handles,
                    steps.handles,
                    parameters.count,
                    learningRate,
                    settings.beta1,
                    settings.beta2,
                    settings.weightDecay,
                    settings.epsilon
                )
            )
        }
        updates += 1
    }
}
