import ArgumentParser
import ChatTemplates
import Foundation
import PreferenceData

/// `penchant data convert`.
struct DataConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write preferences in another form.",
        discussion: """
            Rankings become all pairs that they compare where the form has pairs only; text \
            becomes turns of the user and the assistant where it has turns only, and turns become \
            text by the chat template of --model. What is changed is counted; what the form has \
            no place for is an error. Every row that is written says what its source said.
            """
    )

    @OptionGroup(title: "Data") var source: DataSourceOptions

    @Option(help: "The form to write.")
    var to: DataFormat

    @Option(
        help: ArgumentHelp(
            "File to write: JSON lines, or a list where its name ends in .json; .gz compresses.",
            valueName: "file"
        ),
        transform: fileArgument
    )
    var output: URL

    @Option(
        help: ArgumentHelp(
            "Folder of a model, whose chat template makes text of turns and whose tokenizer makes "
                + "token ids.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var model: URL?

    func run() throws {
        try source.check()
        let place = try OutputFile(
            output,
            inputs: source.inputs + (model.map { [$0] } ?? [])
        )
        let conversion = DataConversion(
            reader: ExampleReader(format: source.format, columns: source.map),
            writer: try writer(),
            onBadRow: source.onBadRow
        )
        let file = try RowsFile(place.url)
        let report = try conversion.run(source.data) { try file.write($0) }
        try file.commit()
        Console.status("\(report)")
        try Console.output("\(report.rowsWritten.counted("row")) as \(to.rawValue): \(output.path)")
        switch to {
        case .instructionChat:
            Console.status("read them with --format instruction-chat: by their keys they are text")
        case .demonstrations, .demonstrationsChat:
            Console.status(
                "they are for penchant sft; elsewhere, --format demonstrations reads them"
            )
        default: break
        }
    }

    private func writer() throws -> ExampleWriter {
        guard let model else { return ExampleWriter(format: to) }
        let processor = try TextProcessor(folder: model)
        return ExampleWriter(
            format: to,
            rendering: { (turns, example, begins) throws(DataError.Reason) in
                try processor.render(turns, of: example, beginningAnswer: begins).text
            },
            encoder: ExampleEncoder(processor: processor, settings: DataSettings())
        )
    }
}
