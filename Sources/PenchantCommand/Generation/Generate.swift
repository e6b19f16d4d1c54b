import ArgumentParser
import ChatTemplates
import Files
import Foundation
import LanguageModels
import OrderedJSON
import PreferenceData
import RunReports
import TextGeneration

/// `penchant generate`.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Continue texts and answer messages with a model.",
        discussion: """
            Prompts are one --prompt, or JSON lines of a file or of standard input: {"prompt"} is \
            continued, {"messages"} (where wanted with "tools", "documents", "kwargs") is answered \
            by the model's chat template. Writes for each, in their order, {"prompt" or \
            "messages", "completion", "tokens", "finish_reason"}: the ids that were chosen, and \
            eos, stop (a text of --stop) or length. On a terminal, the answer to --prompt is \
            written as it comes, as plain text.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @Option(help: "A text to continue.")
    var prompt: String?

    @Option(
        help: ArgumentHelp("File of prompts (default: standard input).", valueName: "file"),
        transform: fileArgument
    )
    var prompts: URL?

    @Flag(help: "Take prompts for messages of a user, and answer them.")
    var chat = false

    @OptionGroup(title: "Choice of tokens") var sampling: SamplingOptions

    @Option(help: "Answers to each prompt; each line then has its number, \"sample\", from 0.")
    var samples = 1

    @Option(help: "Most prompts in the model at a time.")
    var batchSize = 8

    @Flag(help: "Write the answer to --prompt as it comes, as plain text, also to a file.")
    var stream = false

    @OptionGroup var tokenizer: TokenizerOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions

    func validate() throws {
        guard prompt == nil || prompts == nil else {
            throw ValidationError("Give either --prompt or --prompts.")
        }
    }

    func run() throws {
        let settings = try checkedSettings()
        try compute.apply()
        let rows = try readRows()
        let answering = try AnsweringModel(
            model,
            settings,
            behaviour: tokenizer.behaviour,
            compute
        )
        let generationPrompts = try rows.flatMap { row in
            let prompt = try self.prompt(row, answering)
            return [GenerationPrompt](repeating: prompt, count: samples)
        }
        let isTerminal = Terminal.isLive(.standardOutput)
        let isStreamed = stream || prompt != nil && samples == 1 && isTerminal

        let clock = ContinuousClock()
        let start = clock.now
        var tokens = 0
        try answering.generator.complete(generationPrompts, batchSize: batchSize) { _, text in
            if isStreamed {
                try Console.output(text: isTerminal ? Console.visible(text) : text)
            }
            return true
        } _: { number, completion in
            tokens += completion.tokens.count
            if isStreamed {
                try Console.output("")
            } else {
                try Console.output(
                    row(rows[number / samples], completion, sample: number % samples).text
                )
            }
        }
        let seconds = start.duration(to: clock.now) / .seconds(1)
        Console.status(
            "\(generationPrompts.count.counted("answer")), \(tokens.counted("token")), "
                + "\((Double(tokens) / max(seconds, 1e-9)).short) tokens/s"
        )
    }

    /// Checks the settings, before anything is loaded.
    private func checkedSettings() throws -> GenerationSettings {
        _ = try ModelFolder.open(model)
        let settings = try sampling.settings(for: model)
        func require(_ name: String, _ value: Any, _ isAllowed: Bool, _ allowed: String) throws {
            guard isAllowed else { throw SettingError(name, found: "\(value)", allowed: allowed) }
        }
        try require("batch-size", batchSize, batchSize >= 1, "at least 1")
        try require("samples", samples, samples >= 1, "at least 1")
        try require(
            "samples",
            "\(samples), but the most probable token is always the same",
            samples == 1 || settings.samples,
            "a --temperature above 0"
        )
        try require(
            "stream",
            "given for more than one answer",
            !stream || prompt != nil && samples == 1,
            "--prompt with one sample"
        )
        return settings
    }

    private func readRows() throws -> [InputLine] {
        if let prompt {
            let object = JSONObject([("prompt", .string(prompt))])
            return [InputLine(file: nil, number: 1, object: object)]
        }
        var rows: [InputLine] = []
        try JSONLines.forEach(in: prompts) { rows.append($0) }
        return rows
    }

    private func prompt(_ row: InputLine, _ answering: AnsweringModel) throws -> GenerationPrompt {
        let tokens = answering.templateTokens
        if let text = try row.value("prompt", "a string", \.string) {
            guard row.object["messages"] == nil else {
                throw row.error(#"there are "prompt" and "messages"; one of them is needed"#)
            }
            guard chat else { return answering.prompt(text) }
            return try answering.prompt(
                ChatTemplateInput([.message("user", text)], specialTokens: tokens)
            )
        }
        guard row.object["messages"] != nil else {
            throw row.error(#""prompt" (a string) or "messages" (a list of objects) is needed"#)
        }
        var conversation = try ChatTemplateInput(row, specialTokens: tokens)
        conversation.addGenerationPrompt = !conversation.continueFinalMessage
        do {
            return try answering.prompt(conversation)
        } catch let error as ChatTemplateError {
            throw row.error("\(error)")
        }
    }

    /// A line of the result.
    private func row(_ row: InputLine, _ completion: Completion, sample: Int) -> JSONValue {
        let key = row.object["messages"] == nil ? "prompt" : "messages"
        var members: [(String, JSONValue)] = [(key, row.object[key] ?? .null)]
        if samples > 1 { members.append(("sample", .integer(sample))) }
        members += [
            ("completion", .string(completion.text)),
            ("tokens", .array(completion.tokens.map { .integer(Int($0)) })),
            ("finish_reason", .string(completion.end.rawValue)),
        ]
        return .object(JSONObject(members))
    }
}
