import ArgumentParser

/// `penchant data`.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at preference data.",
        subcommands: [DataStats.self, DataCacheCommand.self]
    )
}
