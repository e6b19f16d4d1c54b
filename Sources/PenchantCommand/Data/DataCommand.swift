import ArgumentParser

/// `penchant data`.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at preference data.",
        subcommands: [
            DataPreview.self, DataLint.self, DataStats.self, DataSplit.self, DataConvert.self,
            DataCacheCommand.self,
        ]
    )
}
