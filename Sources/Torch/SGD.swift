import CTorch

/// Stochastic gradient descent, on libtorch's fused kernel.
///
/// For a parameter θ with gradient g: b ← momentum · b + (g + decay·θ), θ ← θ − η·b. At the first
/// update b is the gradient itself, as in PyTorch.
public final class SGD {
    private let parameters: [Tensor]
    private let momentum: Double
    private let weightDecay: Double
    private let buffers: [Tensor]?
    private var isFirstStep = true

    /// Makes an optimizer; without momentum it has no state.
    public init(
        _ parameters: [Tensor],
        momentum: Double = 0,
        weightDecay: Double = 0
    ) throws(TorchError) {
        self.parameters = parameters
        self.momentum = momentum
        self.weightDecay = weightDecay
        guard momentum != 0 else {
            buffers = nil
            return
        }
        buffers = try parameters.map { (parameter) throws(TorchError) in
            try Tensor.zeros(parameter.shape, parameter.dtype, on: parameter.device)
        }
    }

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
                    momentum,
                    weightDecay,
                    isFirstStep
                )
            )
        }
        isFirstStep = false
    }
}
