/// RMSprop, as `torch.optim.RMSprop` has it without centring.
///
/// For a parameter θ with gradient g: g ← g + decay·θ, v ← αv + (1 − α)g², u = g / (√v + ε), and
/// θ ← θ − η·u; with momentum, b ← momentum·b + u and θ ← θ − η·b. The first trainer of direct
/// preference optimization (eric-mitchell/direct-preference-optimization) used it.
public final class RMSprop: Optimizer {
    /// The numbers that an update follows.
    public struct Settings: Codable, Sendable, Equatable {
        /// Decay of the squared gradient's running mean, in [0, 1).
        public var alpha: Double
        /// What keeps the denominator from 0.
        public var epsilon: Double
        /// What an update keeps of those before it, at least 0.
        public var momentum: Double

        /// PyTorch's defaults.
        public init(alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0) {
            self.alpha = alpha
            self.epsilon = epsilon
            self.momentum = momentum
        }
    }

    private let settings: Settings
    private let weightDecay: Double
    private let parameters: [Tensor]
    private let squaredAverages: [Tensor]
    private let buffers: [Tensor]?

    /// Makes an optimizer with its state at zero.
    public init(
        _ parameters: [Tensor],
        _ settings: Settings = Settings(),
        weightDecay: Double = 0,
        in memory: KeptMemory = .ofDevice
    ) throws(TorchError) {
        self.settings = settings
        self.weightDecay = weightDecay
        self.parameters = parameters
        squaredAverages = try parameters.zeros(in: memory)
        buffers = settings.momentum == 0 ? nil : try parameters.zeros(in: memory)
    }

    /// Running means of squared gradients, and what momentum remembers.
    public var state: [(name: String, tensor: Tensor)] {
        squaredAverages.named("squaredAverage") + (buffers?.named("momentum") ?? [])
    }

    /// Updates every parameter.
    ///
    /// - Parameter gradients: one per parameter, of its shape and dtype.
    public func step(gradients: [Tensor], learningRate: Double) throws(TorchError) {
        try requireFit(gradients, parameters)
        try withoutGradients { () throws(TorchError) in
            for (index, parameter) in parameters.enumerated() {
                var gradient = gradients[index]
                if weightDecay != 0 { gradient = try gradient + parameter * weightDecay }
                let square = squaredAverages[index]
                try square.multiplyInPlace(settings.alpha)
                try square.addProductInPlace(gradient, gradient, scale: 1 - settings.alpha)
                let update = try gradient / (square.squareRoot() + settings.epsilon)
                if let buffer = buffers?[index] {
                    try buffer.multiplyInPlace(settings.momentum)
                    try buffer.addInPlace(update)
                    try parameter.addInPlace(buffer, scale: -learningRate)
                } else {
                    try parameter.addInPlace(update, scale: -learningRate)
                }
                for tensor in [parameter, gradients[index], square, buffers?[index]] {
                    tensor?.releasePages()
                }
            }
        }
    }
}
