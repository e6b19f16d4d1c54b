import ArgumentParser

/// `penchant dpo`.
struct DPO: RunCommand {
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

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Objective") var givenObjective: ObjectiveOptions
    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var givenTraining: TrainingOptions
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

    var task: TrainingTask { .dpo }
}
