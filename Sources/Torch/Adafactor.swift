import Foundation

/// Adafactor (arXiv:1804.04235) with a learning rate from outside.
///
/// As `transformers.Adafactor` with `scale_parameter=False, relative_step=False`, which is what
/// transformers' and TRL's trainers make of `optim: adafactor`. For a parameter θ with gradient g,
/// at update t, with β = 1 − tʳ for the decay rate r: the running mean with β of g² + 1e-30 is kept
/// for vectors whole and for matrices as means over rows and over columns, whose product divided by
/// the mean stands for it. With u = g / √mean, divided by its root mean square where that is above
/// the threshold, θ ← θ − η·decay·θ − η·u.
public final class Adafactor: Optimizer {
    /// The numbers that an update follows.
    public struct Settings: Codable, Sendable, Equatable {
        /// The exponent r of the running mean's decay 1 − tʳ, in [−1, 0).
        public var decayRate: Double
        /// The largest root mean square of an update before the learning rate, above 0.
        public var clipThreshold: Double

        /// The defaults of transformers.
        public init(decayRate: Double = -0.8, clipThreshold: Double = 1) {
            self.decayRate = decayRate
            self.clipThreshold = clipThreshold
        }
    }

    /// What is kept of a parameter's squared gradients.
    private enum SquaredAverage {
        case whole(Tensor)
        /// Means over the last dimension, `[…, rows]`, and over the one before, `[…, columns]`.
        case factored(rows: Tensor, columns: Tensor)

        init(of parameter: Tensor, in memory: KeptMemory) throws(TorchError) {
            func zeros(_ shape: [Int]) throws(TorchError) -> Tensor {
                try memory.zeros(shape, parameter.dtype, on: parameter.device)
            }
            let shape = parameter.shape
            if shape.count < 2 {
                self = .whole(try zeros(shape))
            } else {
                self = .factored(
                    rows: try zeros(shape.dropLast()),
                    columns: try zeros(shape.dropLast(2) + shape.suffix(1))
                )
            }
        }
    }

    /// What keeps squared gradients from 0.
    private static let epsilon = 1e-30

    private let settings: Settings
    private let weightDecay: Double
    private let parameters: [Tensor]
    private let squaredAverages: [SquaredAverage]
    private let updates: Tensor

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
        squaredAverages = try parameters.map { (parameter) throws(TorchError) in
            try SquaredAverage(of: parameter, in: memory)
        }
        updates = try Tensor.zeros([], .float32)
    }

    /// Running means of squared gradients, and the number of updates.
    public var state: [(name: String, tensor: Tensor)] {
        var state: [(name: String, tensor: Tensor)] = []
        for (index, average) in squaredAverages.enumerated() {
            switch average {
            case .whole(let tensor): state.append(("squaredAverage.\(index)", tensor))
            case .factored(let rows, let columns):
                state.append(("squaredRowAverage.\(index)", rows))
                state.append(("squaredColumnAverage.\(index)", columns))
            }
        }
        return state + [("updates", updates)]
    }

    /// Updates every parameter.
    ///
    /// - Parameter gradients: one per parameter, of its shape and dtype.
    public func step(gradients: [Tensor], learningRate: Double) throws(TorchError) {
        try requireFit(gradients, parameters)
        try withoutGradients { () throws(TorchError) in
            let count = try updates.item() + 1
            let share = pow(count, settings.decayRate)
            for (index, parameter) in parameters.enumerated() {
                let gradient = gradients[index]
                let square = try gradient * gradient + Self.epsilon
                let update = try scaled(gradient, by: squaredAverages[index], square, share)
                let size =
                    try [update].totalNorm().item() / max(1, Double(update.count)).squareRoot()
                if weightDecay != 0 {
                    try parameter.multiplyInPlace(1 - weightDecay * learningRate)
                }
                let clipping = max(1, size / settings.clipThreshold)
                try parameter.addInPlace(update, scale: -learningRate / clipping)
                parameter.releasePages()
                gradient.releasePages()
            }
            try updates.fillInPlace(count)
        }
    }

    /// Moves a running mean towards squares, and divides a gradient by its root.
    private func scaled(
        _ gradient: Tensor,
        by average: SquaredAverage,
        _ square: Tensor,
        _ share: Double
    ) throws(TorchError) -> Tensor {
        switch average {
        case .whole(let mean):
            try mean.move(towards: square, share: share)
            return try gradient * mean.reciprocalSquareRoot()
        case .factored(let rows, let columns):
            try rows.move(towards: square.mean(dimensions: [-1]), share: share)
            try columns.move(towards: square.mean(dimensions: [-2]), share: share)
            let relative = try rows / rows.mean(dimensions: [-1], keepingDimensions: true)
            return try gradient * relative.reciprocalSquareRoot().expanded(at: -1)
                * columns.reciprocalSquareRoot().expanded(at: -2)
        }
    }
}

extension Tensor {
    /// Replaces a share of a running mean by that of a new value.
    fileprivate func move(towards value: Tensor, share: Double) throws(TorchError) {
        try multiplyInPlace(1 - share)
        try addInPlace(value, scale: share)
    }
}
