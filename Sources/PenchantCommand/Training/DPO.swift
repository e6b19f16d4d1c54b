import ArgumentParser
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

    @OptionGroup(title: "Objective") var objective: ObjectiveOptions
    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

}

extension TrainingCommand {
    func run(_ given: GivenSettings) throws {
        let settings = try settings()
        try compute.apply()
        let runFolder = try RunFolder(output, overwriting: overwrite, inputs: inputs)
        let job = try prepare(settings)
        let (trainer, policy) = (job.trainer, job.policy)

        let noun =
            switch settings.objective.kind {
            case .pairs: "pair"
            case .labelled: "answer"
            case .rankings: "ranking"
            }
        Console.status(
            "training \(policy.trainedParameterCount.counted("parameter")) for "
                + "\(trainer.totalSteps.counted("step")), "
                + "\(min(settings.batchSize, job.preferences.count).counted(noun)) a step"
        )
        let log = try runFolder.begin(configuration: configurationText(given, settings))
        let progress = ProgressLine(
            total: trainer.totalSteps,
            isTerminal: Terminal.isLive(.standardError),
            width: Terminal.width(.standardError),
            write: Console.status(text:)
        )
        var last = StepMetrics()
        do {
            defer { progress.finish() }
            try trainer.train { metrics in
                try log.append(step: metrics.step, metrics.named)
                progress.update(step: metrics.step, metrics.progress)
                last = metrics
                return .continue
            }
        }
        let saved = try runFolder.save(policy, from: job.source)
        try Console.output("\(policy.adapter == nil ? "model  " : "adapter")  \(saved.path)")
        try Console.output("metrics  \(runFolder.metrics.path)")
        try Console.output("last step: \(last.summary)")
    }
}
