import ArgumentParser

/// `penchant experiment`.
struct ExperimentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Repeat an experiment on what objectives do.",
        subcommands: [Overfit.self]
    )
}
