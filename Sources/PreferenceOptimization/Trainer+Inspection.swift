public import Torch

/// What a step that was looked at closely came to.
public struct StepInspection {
    /// Everything that was looked at, up to the first number that is not finite.
    public let looks: [NumberInspection.Look]
    /// The first place with numbers that are not finite; nil where there is none.
    public let finding: NumberInspection.Look?
    /// Its numbers; nil where it was refused.
    public let metrics: StepMetrics?
    /// The step where it was refused.
    public let refused: RefusedStep?
}

extension Trainer {
    /// Does one step, looking at everything that its modules take and give.
    ///
    /// Steps between those that are done and this one are trained as ever, but for evaluations and
    /// checkpoints; those that are refused are skipped.
    ///
    /// - Parameter step: from 1, behind the steps that are done.
    /// - Throws: as `train(_:)`, but for what the step itself has that is not finite.
    public func inspect(step: Int) throws -> StepInspection {
        precondition(step > completedSteps && step <= totalSteps, "a step that is to come")
        let search = NumberInspection()
        (inspected, skipsRefusedSteps) = ((step, search), true)
        (evaluation, checkpoints) = (nil, nil)
        var (metrics, refused): (StepMetrics?, RefusedStep?)
        try train(
            TrainingHooks(
                afterStep: {
                    metrics = $0
                    return .continue
                },
                onTrouble: {
                    metrics = nil
                    if case .refusedStep(let step) = $0 { refused = step }
                },
                isInterrupted: { [self] in completedSteps == step }
            )
        )
        inspected = nil
        return StepInspection(
            looks: search.looks,
            finding: search.finding,
            metrics: metrics,
            refused: refused?.step == step ? refused : nil
        )
    }
}
