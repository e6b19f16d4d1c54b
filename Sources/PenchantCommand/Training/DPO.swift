import ArgumentParser
import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import RunReports
import Torch

/// `penchant dpo`.
struct DPO: TrainingCommand {
    static let configuration = CommandConfiguration(
        commandName: "dpo",
        abstract: "Train a model towards preferences.",
        discussion: """
            Reads a Hugging Face model folder and preferences, trains, and writes OUTPUT/model/ \
            (a Hugging Face folder again) or, with an adapter, OUTPUT/adapter/ (in PEFT's form), \
            OUTPUT/metrics.jsonl (every number of every step) and OUTPUT/config.yaml (all settings, \
            with which --config repeats the run).

            Control-C or SIGTERM end it after the step, with a checkpoint in OUTPUT/checkpoints/ \
            from which --resume goes on; the exit status is then 130 or 143. A second one ends it \
            at once.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model to train.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @OptionGroup(title: "Data") var data: DataOptions

    @Option(
        help: ArgumentHelp("Folder of the run, new or empty.", valueName: "folder"),
        transform: folderArgument
    )
    var output: URL

    @Flag(help: "Replace the run that the output folder holds.")
    var overwrite = false

    @Flag(help: "Say at the end where the time of the steps after the first went.")
    var profile = false

    @OptionGroup(title: "Objective") var objective: ObjectiveOptions
    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions
    @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

    func run(_ given: GivenSettings) throws {
        let settings = try settings()
        try evaluation.check(data.source)
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
        if let checkpoint {
            for notice in try trainer.resume(from: checkpoint) {
                Console.status(Console.oneLine(notice))
            }
        }
        announce(job, settings)
        let log =
            try checkpoint.map { try runFolder.resume(after: $0.step) }
            ?? runFolder.begin(configuration: configurationText(given, settings))
        let report = RunReport(log, runFolder, trainer, isProfiled: profile)
        let end = try report.train()
        guard end != .interrupted else { throw ExitCode(128 + (report.signal ?? SIGINT)) }

        let step = try trainer.takeResult()
        let saved = try runFolder.save(job.policy, from: job.source)
        if step != trainer.completedSteps {
            Console.status("the result is the model of step \(step), the best that was found")
        }
        let isAdapter = job.policy.adapter != nil
        try Console.output("\(isAdapter ? "adapter" : "model  ")  \(saved.path)")
        try Console.output("metrics  \(runFolder.metrics.path)")
        try report.summarise()
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
