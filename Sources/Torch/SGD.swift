import CTorch

/// Stochastic gradient descent, on libtorch's fused kernel.
///
/// For a parameter θ with gradient g: b ← momentum · b + (g + decay·θ), θ ← θ − η·b, with b at 0
/// before the first update. After Nesterov, θ ← θ − η·(g + decay·θ + momentum · b).
public final class SGD: Optimizer {
    /// The numbers that an update follows.
    public struct Settings: Codable, Sendable, Equatable {
        /// What an update keeps of those before it, in [0, 1).
        public var momentum: Double
        /// Whether momentum is Nesterov's.
        public var usesNesterov: Bool

        /// PyTorch's defaults.
        public init(momentum: Double = 0, usesNesterov: Bool = false) {
            self.momentum = momentum
            self.usesNesterov = usesNesterov
        }
    }

    private let parameters: [Tensor]
    private let settings: Settings
    private let weightDecay: Double
    private let buffers: [Tensor]?

    /// Makes an optimizer; without momentum it has no state.
    public init(
        _ parameters: [Tensor],
        _ settings: Settings = Settings(),
        weightDecay: Double = 0,
        in memory: KeptMemory = .ofDevice
    ) throws(TorchError) {
        self.parameters = parameters
        self.settings = settings
        self.weightDecay = weightDecay
        buffers = settings.momentum == 0 ? nil : try parameters.zeros(in: memory)
    }

    /// What momentum remembers.
    public var state: [(name: String, tensor: Tensor)] { buffers?.named("momentum") ?? [] }

    /// Updates every parameter.
    ///
    /// - Parameter gradients: one per parameter, of its shape and dtype.
    public func step(gradients: [Tensor], learningRate: Double) throws(TorchError) {
        precondition(gradients.count == parameters.count, "one gradient per parameter")
        try withoutGradients { () throws(TorchError) in
            try check(
                "_fused_sgd_",
                ctorch_fused_sgd_(
                    parameters.handles,
                    gradients.handles,
                    buffers?.handles,
                    parameters.count,
                    learningRate,
                    settings.momentum,
                    weightDecay,
                    settings.usesNesterov
                )
            )
        }
    }
}
