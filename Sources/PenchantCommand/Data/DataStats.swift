import ArgumentParser
import Foundation
import LanguageModels
import OrderedJSON
import PreferenceData
import PreferenceOptimization
import Tokenizers

/// `penchant data stats`.
struct DataStats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count tokens, cuts, duplicates and what sharing saves.",
        discussion: """
            Prepares the data exactly as training would, and keeps what it prepared for it. \
            Lengths are in tokens, after the cut at --max-length.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model that is to be trained.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @OptionGroup(title: "Data") var data: DataOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try data.check()
        let folder = try ModelFolder.open(model)
        let dataset = try data.load(model, vocabularySize: folder.vocabularySize)
        let tokenizer = try Tokenizer(folder: model, behaviour: data.tokenizer.behaviour)
        let statistics = DataStatistics(
            dataset,
            maximumLength: data.maxLength.tokens,
            unknownToken: tokenizer.unknownToken.flatMap { tokenizer.id(ofToken: $0) }
        )
        let table = StatisticsTable(
            statistics: statistics,
            report: dataset.report,
            vocabularySize: tokenizer.vocabularySize
        )
        if json { return try Console.output(table.json.text) }
        for line in table.lines { try Console.output(line) }
    }
}
