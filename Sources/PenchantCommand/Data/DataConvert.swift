import ArgumentParser
import ChatTemplates
import Foundation
import OrderedJSON
import PreferenceData
import Tokenizers

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
        if to == .instructionChat {
            Console.status("read them with --format instruction-chat: by their keys they are text")
        }
    }

    private func writer() throws -> ExampleWriter {
        guard let model else { return ExampleWriter(format: to) }
        let tokenizer = try Tokenizer(folder: model)
        let encoder = ExampleEncoder(
            processor: TextProcessor(tokenizer),
            settings: DataSettings()
        )
        // Without turns no template is needed.
        guard [.text, .instruction].contains(to) else {
            return ExampleWriter(format: to, encoder: encoder)
        }
        let template = try ChatTemplate(folder: model)
        var specialTokens: [String: String] = [:]
        specialTokens["bos_token"] = tokenizer.beginningOfText
        specialTokens["eos_token"] = tokenizer.endOfText
        specialTokens["pad_token"] = tokenizer.paddingToken
        specialTokens["unk_token"] = tokenizer.unknownToken
        let tokens = specialTokens
        let format = to
        return ExampleWriter(format: to) { (turns, example, begins) throws(DataError.Reason) in
            let input = ChatTemplateInput(
                messages: turns.map { TemplateObject($0.members) },
                tools: example.tools.map { $0.map { TemplateValue($0) } },
                variables: TemplateObject(example.templateVariables),
                addGenerationPrompt: begins,
                specialTokens: tokens
            )
            do {
                return try template.render(input).text
            } catch {
                throw .inexpressible(format: format, what: "these turns: \(error)")
            }
        }
    }
}
