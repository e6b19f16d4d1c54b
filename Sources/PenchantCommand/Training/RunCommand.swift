import ArgumentParser
import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import RunReports
import Torch

/// A command that trains and leaves a run's folder.
protocol RunCommand: TrainingCommand {
    var options: RunOptions { get }
}

extension RunCommand {
    private var output: URL { options.output }
    private var overwrite: Bool { options.overwrite }
    private var checkpoints: CheckpointOptions { options.checkpoints }
    private var reporting: ReportOptions { options.reporting }
    var evaluation: EvaluationOptions { options.evaluation }

    func run(_ given: GivenSettings) throws {
        if reporting.quiet { Console.beQuiet() }
        let settings = try settings()
        try reporting.check()
        try evaluation.check(data.source)
        try evaluation.bestMetric?.requireFit(settings.objective)
        let checkpointSettings = try checkpoints.settings()
        guard !checkpoints.resume || !overwrite else {
            throw SettingError("resume", found: "there with --overwrite", allowed: "one of the two")
        }
        try compute.apply()
        let runFolder = try RunFolder(
            output,
            overwriting: overwrite || checkpoints.resume,
            inputs: inputs + evaluation.evaluate.compactMap(\.url)
        )
        var checkpoint: Checkpoint?
        if checkpoints.resume {
            if let result = runFolder.result {
                try Console.output("the run is complete: \(result.path)")
                return
            }
            checkpoint = try newestCheckpoint(in: runFolder)
        }
        let job = try prepare(settings, evaluation)
        let trainer = job.trainer
        trainer.checkpoints = CheckpointFolder(
            runFolder.checkpoints,
            source: job.source,
            settings: checkpointSettings
        )
        trainer.skipsRefusedSteps = training.skipNotFinite
        if let checkpoint {
            for notice in try trainer.resume(from: checkpoint) {
                Console.status(Console.oneLine(notice))
            }
        }
        announce(job, settings)
        let log =
            try checkpoint.map { try runFolder.resume(after: $0.step) }
            ?? runFolder.begin(configuration: configurationText(given, settings))
        let report = try RunReport(
            reporting,
            log,
            runFolder,
            trainer,
            isResumed: checkpoint != nil
        )
        let end = try report.train()
        guard end != .interrupted else { throw ExitCode(128 + (report.signal ?? SIGINT)) }

        let step = try trainer.takeResult()
        let saved = try runFolder.save(job.policy, from: job.source)
        if step != trainer.completedSteps {
            Console.status("the result is the model of step \(step), the best that was found")
        }
        try report.summarise(saved, isAdapter: job.policy.adapter != nil)
    }

    /// The checkpoint to go on from.
    ///
    /// - Throws: `SettingError` where there is none that is whole.
    private func newestCheckpoint(in folder: RunFolder) throws -> Checkpoint {
        let (checkpoint, skipped) = CheckpointFolder.newest(in: folder.checkpoints)
        for skipped in skipped {
            Console.status(
                Console.oneLine(
                    "skipped \(skipped.url.path), which is not whole: \(skipped.reason)"
                )
            )
        }
        guard let checkpoint else {
            throw SettingError(
                "resume",
                found: "on, but \(folder.checkpoints.path) holds no whole checkpoint",
                allowed: "a run with one, or a run without --resume,"
            )
        }
        Console.status(
            Console.oneLine("resuming after step \(checkpoint.step), \(checkpoint.url.path)")
        )
        return checkpoint
    }
}
