import PreferenceData

/// Why training stopped before its end.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Policy and reference differ before the first update.
    case policyIsNotReference(loss: Double, expected: Double, largestLogRatio: Double)
    /// A loss or a gradient is not a finite number; the weights are those before this step.
    case notFinite(quantity: String, step: Int, pairs: [String])
    /// What is kept of the reference lacks a preference.
    case referenceIsMissing(String)

    /// The error as one line.
    public var description: String {
        switch self {
        case .policyIsNotReference(let loss, let expected, let ratio):
            "before the first update the policy must equal the reference, so that the loss is "
                + "\(expected); it is \(loss), and log-probabilities differ by up to \(ratio) nats"
        case .notFinite(let quantity, let step, let pairs):
            "step \(step): the \(quantity) is not a finite number, and the weights were left as "
                + "they were before this step; its pairs: \(pairs.joined(separator: ", "))"
        case .referenceIsMissing(let source):
            "\(source): what is kept of the reference has no log-probabilities of this row"
        }
    }
}

extension TrainingError {
    /// What is not finite at a step of preferences.
    static func notFinite(
        _ quantity: String,
        step: Int,
        _ preferences: [Preference]
    ) -> TrainingError {
        .notFinite(quantity: quantity, step: step, pairs: preferences.map { "\($0.source)" })
    }
}
