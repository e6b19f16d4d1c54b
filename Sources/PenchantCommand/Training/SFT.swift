import ArgumentParser

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

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var givenTraining: TrainingOptions
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

    var task: TrainingTask { .sft }
    var givenObjective: ObjectiveOptions { .parseOrExit([]) }
}
