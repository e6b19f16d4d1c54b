/// What objectives remember from step to step; a checkpoint keeps it.
public struct ObjectiveState: Sendable, Equatable, Codable {
    /// A mean over all numbers so far.
    struct RunningMean: Sendable, Equatable, Codable {
        var count = 0
        var mean = 0.0

        mutating func add(_ values: [Double]) {
            guard !values.isEmpty else { return }
            count += values.count
            mean += (values.reduce(0, +) - mean * Double(values.count)) / Double(count)
        }
    }

    /// By objective, the mean of all rewards: the shift δ of BCO.
    var rewards: [String: RunningMean] = [:]
    /// The exponential mean of the steps' margins that β-DPO compares with, in nats.
    var margin = 0.0

    /// The state before the first step.
    public init() {}

    /// Takes in a step's mean margin.
    ///
    /// - Returns: what β is multiplied with. As β-DPO's code has it, the mean holds the step itself
    ///   before the two are compared, with a momentum of 0.9.
    mutating func betaFactor(margins: [Double], _ settings: ObjectiveModifiers.AdaptiveBeta)
        -> Double
    {
        let mean = margins.reduce(0, +) / Double(max(1, margins.count))
        margin = 0.9 * margin + 0.1 * mean
        return 1 + settings.sensitivity * (mean - margin)
    }
}
