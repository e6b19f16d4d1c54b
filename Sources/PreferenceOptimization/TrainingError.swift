import PreferenceData

/// Why training stopped before its end.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Policy and reference differ before the first update.
    case policyIsNotReference(loss: Double, expected: Double, largestLogRatio: Double)
    /// A loss, a gradient or an updated weight is not a finite number; the weights are those before
    /// this step.
    case notFinite(quantity: String, step: Int, pairs: [String])
    /// Memory does not suffice for a single preference.
    case doesNotFit(step: Int, source: String, tokens: Int, reason: String)

    /// The error as one line.
    public var description: String {
        switch self {
        case .policyIsNotReference(let loss, let expected, let ratio):
            "before the first update the policy must equal the reference, so that the loss is "
                + "\(expected); it is \(loss), and log-probabilities differ by up to \(ratio) nats"
        case .notFinite(let quantity, let step, let pairs):
            "step \(step): the \(quantity) is not a finite number, and the weights were left as "
                + "they were before this step; its rows: \(pairs.prefix(4).joined(separator: ", "))"
                + (pairs.count > 4 ? " and \(pairs.count - 4) more" : "")
        case .doesNotFit(let step, let source, let tokens, let reason):
            "step \(step), \(source): memory does not suffice for this row alone, which has "
                + "\(tokens) tokens (--offload, --activation-checkpointing full or a smaller "
                + "--max-length takes less): \(reason)"
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
