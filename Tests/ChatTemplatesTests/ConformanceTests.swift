import ChatTemplates
import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Real templates against the texts that transformers 5.23 with jinja2 3.1.6 makes of them.
@Suite(.enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.hint)))
struct ConformanceTests {
    @Test("every template renders every conversation as transformers does", arguments: names)
    func rendersAsTransformers(name: String) throws {
        let template = try ChatTemplate(
            String(
                contentsOf: Conformance.file("templates/\(name).jinja"),
                encoding: .utf8
            )
        )
        let lines = try String(
            contentsOf: Conformance.file("goldens/templates/\(name).jsonl"),
            encoding: .utf8
        ).split(separator: "\n")
        let header = try JSONValue(parsing: String(try #require(lines.first)))
        let cases = try GoldenCase.all()
        #expect(lines.count > 1)
        for line in lines.dropFirst() {
            let row = try JSONValue(parsing: String(line))
            let id = try #require(row["case"]?.string)
            let input = try #require(cases[id]).input(
                header: header,
                addGenerationPrompt: row["add_generation_prompt"]?.bool ?? false
            )
            check(
                try Result { try template.render(input) }.mapError(required),
                row,
                "\(name) \(id)"
            )
        }
    }

    private func required(_ error: any Error) throws -> ChatTemplateError {
        try #require(error as? ChatTemplateError)
    }

    private func check(
        _ result: Result<RenderedChat, ChatTemplateError>,
        _ row: JSONValue,
        _ name: String
    ) {
        switch result {
        case .success(let chat):
            #expect(chat.text == row["rendered"]?.string, "\(name)")
            // Equal as Swift strings may still differ in code points.
            #expect(Array(chat.text.utf8) == Array((row["rendered"]?.string ?? "").utf8), "\(name)")
            guard let spans = row["generation_spans"]?.array else { return }
            let expected = spans.map { span in
                (span.array ?? []).compactMap(\.integer)
            }
            #expect(
                chat.generationSpans.map { [$0.lowerBound, $0.upperBound] } == expected,
                "\(name)"
            )
        case .failure(let error):
            let expected = row["error"]
            #expect(expected?.isNull == false, "\(name): \(error)")
            if expected?["kind"]?.string == "raise_exception" {
                #expect(error.kind == .raised, "\(name): \(error)")
                #expect(error.message == expected?["message"]?.string, "\(name)")
            } else {
                #expect(error.kind != .raised, "\(name): \(error)")
            }
        }
    }

    /// The names of the templates that golden values exist for.
    static let names: [String] = {
        guard let folder = try? Conformance.file("goldens/templates"),
            let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { return [] }
        return files.filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }.sorted()
    }()
}

extension Result where Failure == any Error {
    fileprivate func mapError(
        _ transform: (any Error) throws -> ChatTemplateError
    ) throws -> Result<Success, ChatTemplateError> {
        switch self {
        case .success(let value): .success(value)
        case .failure(let error): .failure(try transform(error))
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () throws -> Success) {
        do { self = .success(try body()) } catch { self = .failure(error) }
    }
}

/// A conversation of the conformance material.
private struct GoldenCase {
    let json: JSONValue

    static func all() throws -> [String: GoldenCase] {
        let list = try JSONValue(contentsOf: Conformance.file("goldens/template_cases.json"))
        return Dictionary(
            (list.array ?? []).map { ($0["id"]?.string ?? "", GoldenCase(json: $0)) }
        ) { $1 }
    }

    func input(header: JSONValue, addGenerationPrompt: Bool) throws -> ChatTemplateInput {
        var messages = (json["messages"]?.array ?? []).compactMap(\.object)
        if header["content_as_parts"]?.bool == true {
            for index in messages.indices {
                guard let text = messages[index]["content"]?.string else { continue }
                messages[index]["content"] = [["type": "text", "text": .string(text)]]
            }
        }
        var tools = json["tools"]?.array
        if let forced = header["force_tools"]?.array {
            if header["force_tools_always"]?.bool == true || (tools ?? []).isEmpty {
                tools = forced
            }
        }
        var variables = header["extra_kwargs"]?.object ?? JSONObject()
        for (key, value) in json["kwargs"]?.object?.members ?? [] { variables[key] = value }
        let date = try #require(header["strftime_now"]?.string)
            .split { !$0.isNumber }.compactMap { Int($0) }
        return ChatTemplateInput(
            messages: messages.map { TemplateObject($0) },
            tools: tools.map { $0.map { TemplateValue($0) } },
            documents: json["documents"]?.array.map {
                $0.compactMap(\.object).map { TemplateObject($0) }
            },
            variables: TemplateObject(variables),
            addGenerationPrompt: addGenerationPrompt,
            continueFinalMessage: json["continue_final_message"]?.bool ?? false,
            specialTokens: Dictionary(
                (header["special_tokens"]?.object?.members ?? []).map {
                    ($0.key, $0.value.string ?? "")
                }
            ) { $1 },
            clock: {
                TemplateDate(
                    year: date[0],
                    month: date[1],
                    day: date[2],
                    hour: date[3],
                    minute: date[4],
                    second: date[5]
                )
            }
        )
    }
}
