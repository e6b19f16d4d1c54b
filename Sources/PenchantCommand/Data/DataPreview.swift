import ArgumentParser
import Files
import Foundation
import PreferenceData
import PreferenceOptimization
import RunReports
import Tokenizers

/// `penchant data preview`.
struct DataPreview: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Show rows as the model sees them.",
        discussion: """
            Prints the tokens of each row: the trunk, which all its answers begin with, then what each \
            answer has behind it, with the tokens that are scored. Only the tokenizer and the chat \
            template of the model are read.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @OptionGroup(title: "Data") var data: DataOptions

    @Option(help: "How many rows, from the first one. (default: 5)")
    var rows: Int?

    @Option(help: "Only this row, counted from 1 over all files.")
    var row: Int?

    @Flag(help: "Print token ids too.")
    var ids = false

    @Flag(help: "No colours, also on a terminal.")
    var noColor = false

    @Option(help: "Seed of what is drawn for rows.")
    var seed = DataSettings().seed

    func run() throws {
        try data.check()
        for (name, value) in [("rows", rows), ("row", row)] {
            guard let value, value < 1 else { continue }
            throw SettingError(name, found: "\(value)", allowed: "at least 1")
        }
        if let row, rows != nil {
            throw SettingError("row", found: "\(row) beside --rows", allowed: "one of the two")
        }
        let processor = try data.processor(model)
        guard let tokenizer = processor.encoder as? Tokenizer else { return }
        let previewer = RowPreviewer(
            processor: processor,
            tokenizer: tokenizer,
            settings: data.settings(seed: seed)
        )
        let style = PreviewStyle(isColored: !noColor && Self.showsColor, showsIDs: ids)
        let wanted = row.map { ($0 - 1)..<$0 } ?? 0..<(rows ?? 5)
        var reader = try RowReader(data.source.data)
        var count = 0
        while count < wanted.upperBound, let row = try reader.next() {
            defer { count += 1 }
            guard wanted.contains(count) else { continue }
            if count == wanted.lowerBound { try Console.output(style.legend) }
            do {
                let preview = try previewer.preview(row)
                for line in style.lines(preview) { try Console.output(line) }
            } catch let error as DataError where error.reason.kind != nil {
                // Any other is no fault of the row, and holds for the next one, too.
                try Console.output("\n" + style.bad(Console.oneLine("\(error)")))
            }
        }
        if let row, count < row {
            throw SettingError(
                "row",
                found: "\(row), but there are \(count.counted("row"))",
                allowed: "a row that is there"
            )
        }
    }

    /// Whether who reads standard output sees colours and wants them (no-color.org).
    private static var showsColor: Bool {
        let wish = ProcessInfo.processInfo.environment["NO_COLOR"] ?? ""
        return wish.isEmpty && Terminal.isLive(.standardOutput)
    }
}
