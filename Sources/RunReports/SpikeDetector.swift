/// Finds losses that stand out from those before them.
public struct SpikeDetector: Sendable {
    /// A loss that stands out.
    public struct Spike: Sendable, Equatable {
        /// The mean of the losses before it.
        public let mean: Double
        /// How many times that mean the loss is.
        public let ratio: Double
    }

    /// How many times the mean of those before it a loss may be, above 1.
    public let factor: Double
    private var recent: [Double] = []

    /// Losses that are compared with, and how many must be there first.
    private static let (most, least) = (50, 10)

    /// A detector that has seen nothing.
    public init(factor: Double) { self.factor = factor }

    /// Takes the loss of the next step.
    ///
    /// - Returns: what is to be said of it; nil where it is like those before.
    public mutating func update(_ loss: Double) -> Spike? {
        let mean = recent.reduce(0, +) / Double(max(1, recent.count))
        let isSpike = recent.count >= Self.least && mean > 0 && loss > factor * mean
        recent.append(loss)
        if recent.count > Self.most { recent.removeFirst() }
        return isSpike ? Spike(mean: mean, ratio: loss / mean) : nil
    }
}
