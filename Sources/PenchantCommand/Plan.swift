import ArgumentParser
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization

/// `penchant plan`.
struct Plan: TaskCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say how much memory training will take, before it begins.",
        discussion: """
            Takes the options of `penchant dpo`, or after the word sft those of `penchant sft`: \
            `penchant plan sft --config RUN/config.yaml`. Reads config.json and the data, but no \
            weights, and prints the expected peak on the CPU, part by part.
            """
    )

    @Argument(help: "The command that would train: dpo or sft.")
    var task = TrainingTask.dpo

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Objective") var givenObjective: ObjectiveOptions
    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var givenTraining: TrainingOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

    func run(_ given: GivenSettings) throws {
        try checkTask(given)
        let settings = try settings()
        try compute.apply()
        let folder = try ModelFolder.open(model)
        let outline = try trained.outline(folder)
        let other = try objective.reference?.folder.map {
            try ModelFolder.open($0).outline(trainedNames: trained.train)
        }
        let program = PeakMemory.byteCount
        let preferences = try data.load(
            model,
            vocabularySize: min(outline.vocabularySize, other?.vocabularySize ?? .max),
            seed: training.seed
        )
        let rules = ReferenceRules(settings, trained, data, count: preferences.count)
        let reference =
            switch try rules.resolve(objective.reference).choice {
            // A cached one computes in the first pass.
            case .copy, .cached: outline
            case .folder: other
            case .adapterOff, .none: ModelOutline?.none
            }
        let plan = MemoryPlan(
            outline,
            reference: reference,
            keepsStart: trained.adapter != nil,
            preferences: preferences,
            configuration: settings,
            offloads: training.offload != nil,
            programByteCount: program,
            dataByteCount: PeakMemory.byteCount - program
        )
        for part in plan.parts { try Console.output(Self.line(part.name, part.byteCount)) }
        try Console.output(Self.line("peak", plan.byteCount))
        try Console.output("largest micro-batch: \(plan.rowCount) rows")
    }

    private static func line(_ name: String, _ byteCount: Double) -> String {
        let number = String(format: "%.1f", byteCount / 1e6)
        let padding = String(repeating: " ", count: max(1, 36 - name.count - number.count))
        return "\(name)\(padding)\(number) MB"
    }
}
