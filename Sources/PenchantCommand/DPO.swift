import ArgumentParser
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import RunReports
import Torch

/// `penchant dpo`.
struct DPO: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dpo",
        abstract: "Train a model towards preferences.",
        discussion: """
            Reads a Hugging Face model folder and preferences, trains, and writes OUTPUT/model/ \
            (a Hugging Face folder again) or, with an adapter, OUTPUT/adapter/ (in PEFT's form), \
            OUTPUT/metrics.jsonl (every number of every step) and OUTPUT/config.json (the settings).
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

    @Flag(help: "Say at the end where the time of the steps after the first went.")
    var profile = false

    func run() throws {
        try data.check()
        try trained.check(syncsReference: objective.syncReference != nil)
        var settings = training.configuration(data, compute)
        settings.objective = try objective.selection()
        settings.referenceSync = try objective.sync()
        try settings.validate()
        try compute.apply()
        let runFolder = try RunFolder(
            output,
            overwriting: overwrite,
            inputs: [model] + data.source.inputs
                + [objective.reference, trained.adapter].compactMap { $0 }
        )

        let source = try ModelFolder.open(model)
        let referenceSource = try objective.reference.map { try ModelFolder.open($0) } ?? source
        let size = min(source.vocabularySize, referenceSource.vocabularySize)
        let preferences = try data.load(
            model,
            vocabularySize: size,
            seed: training.seed
        )
        let policy = try trained.load(source, compute, seed: settings.seed)
        // One adapter serves both; but a reference that is named is a model of its own.
        let own = objective.reference == nil ? policy.adapterReference : nil
        let reference =
            settings.objective.needsReference
            ? try own
                ?? referenceSource.load(
                    .init(
                        dtype: compute.dtype,
                        device: compute.device,
                        // One that follows the policy has weights of its own.
                        isTrained: settings.referenceSync != nil,
                        trainedNames: trained.train
                    )
                ) : nil
        let trainer = try DPOTrainer(
            policy: policy,
            reference: reference,
            preferences: preferences,
            configuration: settings,
            startsAtReference: objective.reference == nil
        )

        let noun =
            switch settings.objective.kind {
            case .pairs: "pair"
            case .labelled: "answer"
            case .rankings: "ranking"
            }
        Console.status(
            "training \(policy.trainedParameterCount.counted("parameter")) for "
                + "\(trainer.totalSteps.counted("step")), "
                + "\(min(settings.batchSize, preferences.count).counted(noun)) a step"
        )
        let log = try runFolder.begin(settings)
        let progress = ProgressLine(
            total: trainer.totalSteps,
            isTerminal: Terminal.isLive(.standardError),
            width: Terminal.width(.standardError),
            write: Console.status(text:)
        )
        var last = StepMetrics()
        var profiled = (seconds: 0.0, stepCount: 0)
        do {
            defer { progress.finish() }
            try trainer.train { metrics in
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
                if profile, metrics.step == 1 {
                    try OperationProfile.begin()
                } else {
                    profiled.seconds += metrics.seconds
                    profiled.stepCount += 1
                }
                return .continue
            }
        }
        if profile {
            let table = try ProfileTable(
                .end(),
                seconds: profiled.seconds,
                stepCount: profiled.stepCount
            )
            for line in table.lines { Console.status(line) }
        }
        let saved = try runFolder.save(policy, from: source)
        try Console.output("\(policy.adapter == nil ? "model  " : "adapter")  \(saved.path)")
        try Console.output("metrics  \(runFolder.metrics.path)")
        try Console.output(
            "last step: loss \(last.loss.short), reward margin \(last.rewardsMargin.short), "
                + "accuracy \(last.rewardsAccuracy.short)"
        )
    }
}

/// The flags that make a `DPOConfiguration`.
struct TrainingOptions: ParsableArguments {
    static let defaults = DPOConfiguration()

    @Option(help: "Learning rate that the linear schedule starts from.")
    var learningRate = defaults.learningRate

    @Option(help: "Preferences of an optimizer step.")
    var batchSize = defaults.batchSize

    @Option(help: "Most tokens in the model at a time; changes memory, not results.")
    var microBatchTokens = defaults.microBatchTokens

    @Option(help: "Passes over the data.")
    var epochs = defaults.epochs

    @Option(help: "End after so many optimizer steps, whatever the epochs.")
    var maxSteps: Int?

    @Option(help: "Weight decay of AdamW.")
    var weightDecay = defaults.weightDecay

    @Option(help: "Largest norm of the gradients; larger ones are scaled down.")
    var maxGradNorm = defaults.maximumGradientNorm

    @Option(help: "Steps over which the learning rate rises from 0.")
    var warmupSteps = defaults.warmupSteps

    @Option(
        help: """
            Weight of the loss that keeps routers from favouring few experts \
            (default: the model's own).
            """
    )
    var routerAuxLossCoef: Double?

    @Option(help: "Seed of the order of the pairs, and of what is drawn for them.")
    var seed = defaults.seed

    @Flag(help: "Keep the order of the data.")
    var noShuffle = false

    @Flag(help: "Compute both sequences of a pair whole (for comparisons).")
    var noPrefixSharing = false

    func configuration(_ data: DataOptions, _ compute: ComputeOptions) -> DPOConfiguration {
        DPOConfiguration(
            learningRate: learningRate,
            batchSize: batchSize,
            microBatchTokens: microBatchTokens,
            epochs: epochs,
            maximumSteps: maxSteps,
            maximumLength: data.maxLength.tokens,
            truncation: data.truncation,
            scoredTokens: data.scored,
            emptyThinkingRemoval: data.removeEmptyThinking,
            weightDecay: weightDecay,
            maximumGradientNorm: maxGradNorm,
            warmupSteps: warmupSteps,
            routerLossCoefficient: routerAuxLossCoef,
            seed: seed,
            shuffles: !noShuffle,
            dtype: compute.dtype,
            sharesPrefixes: !noPrefixSharing
        )
    }
}
