import Foundation
import OrderedJSON
import PreferenceOptimization
import RunReports
import Torch

/// Trains, and tells of it: in the run's folder and on the terminal.
final class RunReport {
    private let options: ReportOptions
    private let log: MetricsLog
    private let events: TensorBoardLog?
    private let folder: RunFolder
    private let trainer: Trainer
    /// Nil where nobody is to see it.
    private let progress: ProgressLine?
    /// When the profile began, and how many steps it is of.
    private var profiled: (start: ContinuousClock.Instant, stepCount: Int)?
    private var spikes: SpikeDetector
    private let signals = StopSignals()
    private var last: StepMetrics?
    private var lastEvaluation: Evaluation?

    /// The signal that interrupted training; nil where none did.
    var signal: Int32? { signals.received }

    /// - Parameter isResumed: whether the run goes on from a checkpoint.
    init(
        _ options: ReportOptions,
        _ log: MetricsLog,
        _ folder: RunFolder,
        _ trainer: Trainer,
        isResumed: Bool
    ) throws {
        self.options = options
        self.log = log
        self.folder = folder
        self.trainer = trainer
        spikes = SpikeDetector(factor: options.spikeFactor)
        events =
            options.tensorboard
            ? try TensorBoardLog(
                folder: folder.events,
                resumingAfter: isResumed ? trainer.completedSteps : nil
            )
            : nil
        progress =
            options.quiet || options.json
            ? nil
            : ProgressLine(
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
            defer { progress?.finish() }
            return try trainer.train(
                TrainingHooks(
                    afterStep: afterStep,
                    afterEvaluation: afterEvaluation,
                    beforeCheckpoint: beforeCheckpoint,
                    afterCheckpoint: afterCheckpoint,
                    onTrouble: onTrouble,
                    isInterrupted: { [signals] in signals.received != nil }
                )
            )
        }
        if end == .converged {
            Console.status(
                "ended after step \(trainer.completedSteps): evaluations found no better model"
            )
        }
        if let profiled {
            let table = try ProfileTable(
                .end(),
                seconds: (ContinuousClock.now - profiled.start) / .seconds(1),
                stepCount: profiled.stepCount
            )
            for line in table.lines { Console.status(line) }
        }
        return end
    }

    /// Writes numbers wherever they are wanted.
    private func write(step: Int, _ values: [(name: String, value: MetricValue)]) throws {
        try log.append(step: step, values)
        try events?.append(step: step, values)
        if options.json { try Console.output(MetricsLog.line(step: step, values)) }
    }

    private func afterStep(_ metrics: StepMetrics) throws -> TrainingDecision {
        try write(step: metrics.step, metrics.named)
        if options.profile {
            // The first step prepares what later ones find ready.
            if profiled == nil {
                try OperationProfile.begin()
                profiled = (.now, 0)
            } else {
                profiled?.stepCount += 1
            }
        }
        progress?.update(step: metrics.step, metrics.progress)
        if let spike = spikes.update(metrics.loss) {
            progress?.clear()
            Console.status(
                "step \(metrics.step): the loss, \(metrics.loss.short), is \(spike.ratio.short) "
                    + "times the mean of the steps before it"
            )
        }
        last = metrics
        return .continue
    }

    private func afterEvaluation(_ evaluation: Evaluation) throws {
        try write(step: evaluation.step, evaluation.named)
        if !evaluation.rewards.isEmpty { try folder.write(evaluation) }
        progress?.clear()
        Console.status("step \(evaluation.step), evaluated: \(summary(evaluation))")
        lastEvaluation = evaluation
    }

    private func onTrouble(_ trouble: TrainingTrouble) throws {
        progress?.clear()
        switch trouble {
        case .refusedStep(let refused):
            let file = try folder.write(refused)
            Console.status(
                Console.oneLine(
                    "step \(refused.step)\(refused.isSkipped ? ", skipped" : ""): the "
                        + "\(refused.quantity) is not finite; its rows are in \(file.path), and "
                        + "`penchant replay \(folder.url.path)` tells where that begins"
                )
            )
        case .smallerMicroBatches(let step, let tokens):
            Console.status(
                "step \(step): memory did not suffice; it and all further steps are computed in "
                    + "micro-batches of up to \(tokens) tokens, with the same results"
            )
        }
    }

    /// After a power cut too, a checkpoint has the numbers of all steps before it.
    private func beforeCheckpoint() throws {
        try log.sync()
        try events?.sync()
    }

    private func afterCheckpoint(_ url: URL) {
        guard signals.received != nil else { return }
        progress?.clear()
        Console.status(
            Console.oneLine("interrupted; --resume goes on from \(url.path)")
        )
    }

    /// Says how training ended.
    ///
    /// - Parameter result: the model or adapter that came of it.
    func summarise(_ result: URL, isAdapter: Bool) throws {
        let kind = isAdapter ? "adapter" : "model"
        guard !options.json else {
            let object: JSONValue = [
                kind: .string(result.path), "metrics": .string(folder.metrics.path),
            ]
            return try Console.output(object.text)
        }
        try Console.output(kind.padding(toLength: 9, withPad: " ", startingAt: 0) + result.path)
        try Console.output("metrics  \(folder.metrics.path)")
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
