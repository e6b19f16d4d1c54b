import Foundation
import PreferenceOptimization
import RunReports
import Torch

/// Trains, and tells of it: in the run's folder and on the terminal.
final class RunReport {
    private let log: MetricsLog
    private let folder: RunFolder
    private let trainer: Trainer
    private let progress: ProgressLine
    private let signals = StopSignals()
    private let isProfiled: Bool
    /// When the profile began, at the end of the first step.
    private var profileStart: (time: ContinuousClock.Instant, step: Int)?
    private var last: StepMetrics?
    private var lastEvaluation: Evaluation?

    /// The signal that interrupted training; nil where none did.
    var signal: Int32? { signals.received }

    /// - Parameter isProfiled: whether to say at the end where the time went.
    init(_ log: MetricsLog, _ folder: RunFolder, _ trainer: Trainer, isProfiled: Bool) {
        self.log = log
        self.isProfiled = isProfiled
        self.folder = folder
        self.trainer = trainer
        progress = ProgressLine(
            total: trainer.totalSteps,
            done: trainer.completedSteps,
            isTerminal: Terminal.isLive(.standardError),
            width: Terminal.width(.standardError),
            write: Console.status(text:)
        )
    }

    /// Trains until all is done, or a signal comes.
    func train() throws -> TrainingEnd {
        let end = try signals.whileListening {
            Console.status("\nending after this step, with a checkpoint; once more ends at once")
        } _: {
            defer { progress.finish() }
            return try trainer.train(
                TrainingHooks(
                    afterStep: afterStep,
                    afterEvaluation: afterEvaluation,
                    afterCheckpoint: afterCheckpoint,
                    isInterrupted: { [signals] in signals.received != nil }
                )
            )
        }
        try printProfile()
        if end == .converged {
            Console.status(
                "ended after step \(trainer.completedSteps): evaluations found no better model"
            )
        }
        return end
    }

    private func afterStep(_ metrics: StepMetrics) throws -> TrainingDecision {
        try log.append(step: metrics.step, metrics.named)
        progress.update(
            step: metrics.step,
            ProgressValues(
                loss: metrics.loss,
                margin: metrics.rewardsMargin,
                accuracy: metrics.rewardsAccuracy,
                tokensPerSecond: metrics.tokensPerSecond
            )
        )
        last = metrics
        if isProfiled, profileStart == nil {
            try OperationProfile.begin()
            profileStart = (.now, metrics.step)
        }
        return .continue
    }

    private func printProfile() throws {
        guard let profileStart else { return }
        let table = try ProfileTable(
            .end(),
            seconds: (ContinuousClock.now - profileStart.time) / .seconds(1),
            stepCount: trainer.completedSteps - profileStart.step
        )
        for line in table.lines { Console.status(line) }
    }

    private func afterEvaluation(_ evaluation: Evaluation) throws {
        try log.append(step: evaluation.step, evaluation.named)
        if !evaluation.rewards.isEmpty { try folder.write(evaluation) }
        progress.clear()
        Console.status("step \(evaluation.step), evaluated: \(summary(evaluation))")
        lastEvaluation = evaluation
    }

    private func afterCheckpoint(_ url: URL) {
        guard signals.received != nil else { return }
        progress.clear()
        Console.status(
            Console.oneLine("interrupted; --resume goes on from \(url.path)")
        )
    }

    /// Says how training ended.
    func summarise() throws {
        if let last {
            try Console.output(
                "last step: loss \(last.loss.short), reward margin \(last.rewardsMargin.short), "
                    + "accuracy \(last.rewardsAccuracy.short)"
            )
        }
        if let lastEvaluation {
            try Console.output("last evaluation: \(summary(lastEvaluation))")
        }
    }

    private func summary(_ evaluation: Evaluation) -> String {
        func value(_ name: String) -> String { evaluation.value(of: name)?.short ?? "?" }
        return "loss \(value("eval_loss")), reward margin \(value("eval_rewards/margins")), "
            + "accuracy \(value("eval_rewards/accuracies"))"
    }
}
