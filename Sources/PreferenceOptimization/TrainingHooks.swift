/// What training does after a step.
public enum TrainingDecision: Sendable {
    /// Goes on with the next step.
    case `continue`
    /// Ends training here.
    case stop
}

/// What a caller does while a trainer works.
///
/// Each function runs on the trainer's thread, between two steps; what it throws ends training and
/// comes out of it as it is.
public struct TrainingHooks {
    /// Called after every optimizer step with its numbers.
    public var afterStep: (StepMetrics) throws -> TrainingDecision

    /// Makes hooks; those that are not given do nothing.
    public init(
        afterStep: @escaping (StepMetrics) throws -> TrainingDecision = { _ in .continue }
    ) {
        self.afterStep = afterStep
    }
}
