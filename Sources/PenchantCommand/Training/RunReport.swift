import Foundation
import PreferenceOptimization
import RunReports

/// Trains, and tells of it: in the run's folder and on the terminal.
final class RunReport {
    private let log: MetricsLog
    private let folder: RunFolder
    private let trainer: Trainer
    private let progress: ProgressLine
    private let signals = StopSignals()
    private var last: StepMetrics?
    private var lastEvaluation: Evaluation?

    /// The signal that interrupted training; nil where none did.
    var signal: Int32? { signals.received }

    init(_ log: MetricsLog, _ folder: RunFolder, _ trainer: Trainer) {
        self.log = log
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
        if end == .converged {
            Console.status(
                "ended after step \(trainer.completedSteps): evaluations found no better model"
            )
        }
        return end
    }

    private func afterStep(_ metrics: StepMetrics) throws -> TrainingDecision {
        try log.append(step: metrics.step, metrics.named)
        progress.update(step: metrics.step, metrics.progress)
        last = metrics
        return .continue
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
            try Console.output("last step: \(last.summary)")
        }
        if let lastEvaluation {
            try Console.output("last evaluation: \(summary(lastEvaluation))")
        }
    }

    private func summary(_ evaluation: Evaluation) -> String {
        func value(_ name: String) -> String { evaluation.value(of: name)?.short ?? "?" }
        guard evaluation.value(of: "eval_rewards/margins") != nil else {
            return "loss \(value("eval_loss")), token accuracy "
                + value("eval_mean_token_accuracy")
        }
        return "loss \(value("eval_loss")), reward margin \(value("eval_rewards/margins")), "
            + "accuracy \(value("eval_rewards/accuracies"))"
    }
}
