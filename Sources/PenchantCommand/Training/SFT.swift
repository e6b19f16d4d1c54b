import ArgumentParser
import Foundation
import PreferenceData

/// `penchant sft`.
struct SFT: RunCommand {
    static let configuration = CommandConfiguration(
        commandName: "sft",
        abstract: "Train a model on demonstrations.",
        discussion: """
            Supervised fine-tuning: the answers that rows show become likely (the mean of −log π over \
            all scored tokens of a step). Rows are {prompt, completion} as strings or turns, \
            {messages} or {conversations}, {instruction, input, output}, or {text}; with \
            --format demonstrations-chat strings and instructions become turns.

            Scored are the completion, every turn of the assistant, and all of {text}. TRL scores \
            users' turns of {messages} too unless told otherwise (here --scored all); \
            --scored answer scores the last turn alone.

            Examples always lie behind each other without padding (packing), and none sees another: \
            numbers are those of each example by itself.

            Flags and files are those of dpo; there is no reference and there are no rewards.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model to train.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @OptionGroup(title: "Data") var givenData: DataOptions

    @Option(
        help: ArgumentHelp("Folder of the run, new or empty.", valueName: "folder"),
        transform: folderArgument
    )
    var output: URL

    @Flag(help: "Replace the run that the output folder holds.")
    var overwrite = false

    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var givenTraining: TrainingOptions
    @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions
    @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
    @OptionGroup(title: "Reporting") var reporting: ReportOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

    /// Rows of demonstrations, unless another form is asked for.
    var data: DataOptions {
        var data = givenData
        data.source.format = data.source.format ?? .demonstrations
        data.scored = data.scored ?? .assistant
        return data
    }

    /// With the learning rate of TRL's SFTTrainer by default.
    var training: TrainingOptions {
        var training = givenTraining
        training.schedule.learningRate = training.schedule.learningRate ?? 2e-5
        return training
    }

    /// No flag could say otherwise.
    var objective: ObjectiveOptions { .parseOrExit(["--loss", "nll"]) }
}
