import ArgumentParser
import ChatTemplates
import Foundation
import OrderedJSON
import PreferenceData
import Tokenizers

/// `penchant render`.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Render conversations with a chat template.",
        discussion: """
            Reads JSON lines on standard input with "messages" and, where wanted, "tools", \
            "documents", "kwargs", "add_generation_prompt", "continue_final_message", \
            "special_tokens" and "strftime_now" (such as "2026-01-31 13:45:00"). Writes for each \
            {"rendered", "generation_spans"} or {"error": {"kind", "message", "line"}}. Spans count \
            Unicode code points.
            """
    )

    @Option(help: "A template.", transform: fileArgument)
    var template: URL?

    @Option(
        help: "Folder of a model, whose template and special tokens are used.",
        transform: folderArgument
    )
    var model: URL?

    func validate() throws {
        guard (template == nil) != (model == nil) else {
            throw ValidationError("Give either --template or --model.")
        }
    }

    func run() throws {
        let chatTemplate: ChatTemplate
        var specialTokens: [String: String] = [:]
        if let model {
            chatTemplate = try ChatTemplate(folder: model)
            specialTokens = try Tokenizer(folder: model).templateTokens
        } else if let template {
            chatTemplate = try ChatTemplate(file: template)
        } else {
            return
        }
        try JSONLines.answer { line in
            let input = try ChatTemplateInput(line, specialTokens: specialTokens)
            do {
                let chat = try chatTemplate.render(input)
                return [
                    "rendered": .string(chat.text),
                    "generation_spans": .array(
                        chat.generationSpans.map {
                            [.integer($0.lowerBound), .integer($0.upperBound)]
                        }
                    ),
                ]
            } catch let error as ChatTemplateError {
                return [
                    "error": [
                        "kind": .string(error.kind.rawValue),
                        "message": .string(error.message),
                        "line": error.line.map { .integer($0) } ?? .null,
                    ]
                ]
            }
        }
    }
}

extension ChatTemplateInput {
    /// A conversation as a line of standard input.
    init(_ line: InputLine, specialTokens: [String: String]) throws {
        func objects(_ value: JSONValue) -> [TemplateObject]? {
            guard let array = value.array else { return nil }
            let objects = array.compactMap(\.object)
            return objects.count == array.count ? objects.map { TemplateObject($0) } : nil
        }
        var tokens = specialTokens
        for (name, text) in try line.value("special_tokens", "an object", \.object)?.members ?? [] {
            tokens[name] = text.string
        }
        let date = try line.value("strftime_now", "a date such as 2026-01-31 13:45:00") {
            $0.string.flatMap(Self.date)
        }
        self.init(
            messages: try line.required("messages", "a list of objects", objects),
            tools: try line.value("tools", "a list", \.array)?.map { TemplateValue($0) },
            documents: try line.value("documents", "a list of objects", objects),
            variables: TemplateObject(
                try line.value("kwargs", "an object", \.object) ?? JSONObject()
            ),
            addGenerationPrompt: try line.value(
                "add_generation_prompt",
                "true or false",
                \.bool
            ) ?? false,
            continueFinalMessage: try line.value(
                "continue_final_message",
                "true or false",
                \.bool
            ) ?? false,
            specialTokens: tokens,
            clock: { date ?? TemplateDate(Date()) }
        )
    }

    /// Reads a date and, where it is there, a time of day.
    private static func date(_ text: String) -> TemplateDate? {
        let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 3 || numbers.count == 6, (1...12).contains(numbers[1]),
            (1...31).contains(numbers[2])
        else { return nil }
        let time = numbers.count == 6 ? Array(numbers[3...]) : [0, 0, 0]
        guard (0...23).contains(time[0]), (0...59).contains(time[1]), (0...59).contains(time[2])
        else { return nil }
        return TemplateDate(
            year: numbers[0],
            month: numbers[1],
            day: numbers[2],
            hour: time[0],
            minute: time[1],
            second: time[2]
        )
    }
}
