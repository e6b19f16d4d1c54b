import CTorch

/// AdamW: Adam with decoupled weight decay (arXiv:1711.05101), on libtorch's fused kernel.
///
/// For a parameter θ with gradient g, at update t:
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
/// θ ← θ − η·decay·θ − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
public final class AdamW: Optimizer {
    /// The numbers that an update follows.
    public struct Settings: Codable, Sendable, Equatable {
        /// Decay of the gradient's running mean, in [0, 1).
        public var beta1: Double
        /// Decay of the squared gradient's running mean, in [0, 1).
        public var beta2: Double
        /// What keeps the denominator from 0.
        public var epsilon: Double

        /// PyTorch's and TRL's defaults.
        public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
        }
    }

    private let settings: Settings
    private let weightDecay: Double
    private let parameters: [Tensor]
    private let averages: [Tensor]
    private let squaredAverages: [Tensor]
    /// How many updates there were: a float32 scalar, as the kernel takes it.
    private let updates: Tensor

    /// Makes an optimizer with its state at zero.
    ///
    /// - Parameters:
    ///   - parameters: float32 (or all of one floating dtype); updated in place.
    ///   - weightDecay: the share of the learning rate by which they shrink at every update; none as
    ///     in TRL.
    public init(
        _ parameters: [Tensor],
        _ settings: Settings = Settings(),
        weightDecay: Double = 0,
        in memory: KeptMemory = .ofDevice
    ) throws(TorchError) {
        self.settings = settings
        self.weightDecay = weightDecay
        self.parameters = parameters
        averages = try parameters.zeros(in: memory)
        squaredAverages = try parameters.zeros(in: memory)
        updates = try Tensor.zeros([], .float32, on: parameters.first?.device ?? .cpu)
    }

    /// Running means of gradients and of their squares, and the number of updates.
    public var state: [(name: String, tensor: Tensor)] {
        averages.named("average") + squaredAverages.named("squaredAverage")
            + [("updates", updates)]
    }

    /// Updates every parameter.
    ///
    /// - Parameter gradients: one per parameter, of its shape and dtype.
    public func step(gradients: [Tensor], learningRate: Double) throws(TorchError) {
        precondition(gradients.count == parameters.count, "one gradient per parameter")
        try withoutGradients { () throws(TorchError) in
            // Counted only once the update has gone through.
            let next = try updates + 1
            let steps = [Tensor](repeating: next, count: parameters.count)
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
                    weightDecay,
                    settings.epsilon
                )
            )
            try updates.copyInPlace(next)
        }
    }
}
