public import Foundation

/// What training does after a step.
public enum TrainingDecision: Sendable {
    /// Goes on with the next step.
    case `continue`
    /// Ends training here.
    case stop
}

/// How training ended.
public enum TrainingEnd: Sendable, Equatable {
    /// All steps are done.
    case complete
    /// Evaluations found no better model for long enough.
    case converged
    /// A hook said to stop.
    case stopped
    /// It was interrupted; where checkpoints are kept, the newest is of now.
    case interrupted
}

/// What a caller does while a trainer works.
///
/// Each function runs on the trainer's thread, between two steps; what it throws ends training and
/// comes out of it as it is.
public struct TrainingHooks {
    /// Called after every optimizer step with its numbers.
    public var afterStep: (StepMetrics) throws -> TrainingDecision
    /// Called after every evaluation.
    public var afterEvaluation: (Evaluation) throws -> Void
    /// Called before a checkpoint is written: what was made of the steps before it can be brought to
    /// the disk, so that the checkpoint is never without it.
    public var beforeCheckpoint: () throws -> Void
    /// Called with the folder of every checkpoint, once it is whole.
    public var afterCheckpoint: (URL) throws -> Void
    /// Called when a step was refused, or memory did not suffice.
    ///
    /// A refused step is told of also where it ends training.
    public var onTrouble: (TrainingTrouble) throws -> Void
    /// Asked after every step and its evaluation; where it says yes, a checkpoint is written and
    /// training ends.
    public var isInterrupted: () -> Bool

    /// Makes hooks; those that are not given do nothing.
    public init(
        afterStep: @escaping (StepMetrics) throws -> TrainingDecision = { _ in .continue },
        afterEvaluation: @escaping (Evaluation) throws -> Void = { _ in },
        beforeCheckpoint: @escaping () throws -> Void = {},
        afterCheckpoint: @escaping (URL) throws -> Void = { _ in },
        onTrouble: @escaping (TrainingTrouble) throws -> Void = { _ in },
        isInterrupted: @escaping () -> Bool = { false }
    ) {
        self.afterStep = afterStep
        self.afterEvaluation = afterEvaluation
        self.beforeCheckpoint = beforeCheckpoint
        self.afterCheckpoint = afterCheckpoint
        self.onTrouble = onTrouble
        self.isInterrupted = isInterrupted
    }
}
