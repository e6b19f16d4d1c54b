import OrderedJSON
import PreferenceData
import Testing

/// Rows that nearly have a form.
@Suite struct BadShapeTests {
    struct BadRow: Sendable, CustomTestStringConvertible {
        /// JSON, with ' for " so that it can be read.
        var row: String
        var reason: DataError.Reason
        var format: DataFormat?
        var testDescription: String { row }

        init(_ row: String, _ reason: DataError.Reason, _ format: DataFormat? = nil) {
            self.row = row
            self.reason = reason
            self.format = format
        }
    }

    private static func wrong(
        _ key: String,
        _ found: String,
        _ expected: String
    ) -> DataError.Reason {
        .wrongType(key: key, found: found, expected: expected)
    }

    private static let u = "{'role': 'user', 'content': 'q'}"
    private static let a = "{'role': 'assistant', 'content': 'a'}"

    static let badRows = [
        // Text.
        BadRow("{'chosen': 'c', 'rejected': null}", wrong("rejected", "null", "a string")),
        BadRow(
            "{'prompt': 'p', 'chosen': 'c', 'rejected': 'r', 'system': 's'}",
            wrong(
                "system",
                "a string beside a prompt that is text",
                "turns of a conversation; the format chat makes turns of strings"
            )
        ),
        BadRow(
            "{'prompt': [\(u)], 'chosen': 'c', 'rejected': 'r'}",
            wrong("prompt", "a list", "a string"),
            .text
        ),
        // Chat.
        BadRow("{'chosen': [\(u), 3], 'rejected': [\(u)]}", wrong("chosen[1]", "a number", turn)),
        BadRow("{'chosen': [{'content': 'c'}], 'rejected': []}", .missingKey("chosen[0].role")),
        BadRow(
            "{'chosen': [{'role': 1, 'content': 'c'}], 'rejected': []}",
            wrong("chosen[0].role", "a number", "a string")
        ),
        BadRow(
            "{'chosen': [{'role': 'user', 'content': 1}], 'rejected': []}",
            wrong("chosen[0].content", "a number", "a string")
        ),
        BadRow(
            "{'chosen': [{'role': 'user', 'content': null}], 'rejected': []}",
            .missingKey("chosen[0].content")
        ),
        BadRow("{'chosen': [\(u), \(a)], 'rejected': []}", .emptyAnswer(key: "rejected")),
        BadRow(
            "{'prompt': null, 'chosen': [\(a)], 'rejected': [\(a)]}",
            wrong("prompt", "null", "a string")
        ),
        BadRow(
            "{'prompt': [\(u)], 'chosen': [\(a)], 'rejected': 'r', 'tools': 'none'}",
            wrong("tools", "a string that is no JSON list", "a list of tools, or its JSON text")
        ),
        BadRow(
            "{'prompt': [\(u)], 'chosen': [\(a)], 'rejected': 'r', 'chat_template_kwargs': []}",
            wrong("chat_template_kwargs", "a list", "an object")
        ),
        // All.
        BadRow(
            "{'prompt': 'p', 'chosen': 'c', 'rejected': 'r', 'weight': 0}",
            wrong("weight", "0.0", "a number above 0")
        ),
        BadRow(
            "{'prompt': 'p', 'chosen': 'c', 'rejected': 'r', 'margin': '1'}",
            wrong("margin", "a string", "a number")
        ),
        // Instructions.
        BadRow("{'instruction': 'i', 'chosen': 'c'}", .missingKey("rejected")),
        BadRow("{'instruction': 'i', 'output': 'o'}", .missingKey("chosen")),
        BadRow(
            "{'instruction': 'i', 'history': [['q', 'a']], 'chosen': 'c', 'rejected': 'r'}",
            wrong(
                "history",
                "a list beside an instruction that becomes text",
                "turns of a conversation: the format instruction-chat makes them"
            )
        ),
        BadRow(
            "{'instruction': 'i', 'history': ['q'], 'chosen': 'c', 'rejected': 'r'}",
            wrong("history[0]", "a string", "a list of a question and an answer"),
            .instructionChat
        ),
        // LLaMA-Factory.
        BadRow(
            "{'conversations': [{'from': 'bob', 'value': 'q'}], 'chosen': 'c', 'rejected': 'r'}",
            wrong(
                "conversations[0].from",
                "\"bob\"",
                "human, gpt, system, function_call or observation"
            )
        ),
        BadRow("{'conversations': [\(u)], 'chosen': 'c'}", .missingKey("rejected")),
        BadRow(
            "{'conversations': [\(u), \(a)], 'chosen': 'c', 'rejected': 'r'}",
            wrong(
                "conversations",
                "a conversation that the assistant ends",
                "turns up to the one that is answered"
            )
        ),
        BadRow(
            "{'conversations': [\(u)], 'chosen': {'from': 'human', 'value': 'q'}, 'rejected': 'r'}",
            wrong("chosen", "a turn of the user", "a turn of the assistant")
        ),
        BadRow(
            "{'conversations': [\(u)], 'chosen': {'from': 'function_call', 'value': 'f()'}, "
                + "'rejected': 'r'}",
            wrong(
                "chosen.value",
                "no tool call",
                "JSON text of {name, arguments} or a list of them"
            )
        ),
        BadRow("{'chosen_messages': [\(u), \(a)]}", .missingKey("rejected_messages")),
        BadRow(
            "{'chosen_messages': [\(u), {'role': 'assistant', 'content': 'a', 'loss_weight': 0.5}], "
                + "'rejected_messages': [\(u)]}",
            wrong("chosen_messages[1].loss_weight", "0.5", "1 for the last turn")
        ),
        BadRow(
            "{'chosen_messages': [{'role': 'user', 'content': [{'type': 'image', 'value': 'x'}]}], "
                + "'rejected_messages': [\(u)]}",
            wrong("chosen_messages[0].content[0].type", "\"image\"", "text, reasoning or tool_call")
        ),
        // Rankings.
        BadRow(
            "{'prompt': 'p', 'completions': ['a', 'b'], 'scores': [1, 1]}",
            .nothingToCompare(
                key: "completions",
                found: "answers that are all equally good"
            )
        ),
        BadRow(
            "{'prompt': 'p', 'completions': ['a', 'b'], 'scores': [1]}",
            wrong("scores", "a list of 1", "a list of 2 numbers, one for each of \"completions\"")
        ),
        BadRow(
            "{'prompt': 'p', 'responses': [{'text': 'a', 'score': 1}, {'text': 'b'}]}",
            .missingKey("responses[1].score")
        ),
        BadRow(
            "{'prompt': 'p', 'responses': ['a', 'b'], 'pairs': [[0, 2]]}",
            wrong(
                "pairs",
                "a list with [0,2] in it",
                "pairs of indices below 2, the better one first"
            )
        ),
        BadRow(
            "{'prompt': 'p', 'responses': ['a', 'b', 'c', 'd'], 'pairs': [[0, 1], [2, 3]]}",
            wrong(
                "pairs",
                "no ranking of all answers",
                "every answer before or beside every other; or a row for each pair"
            )
        ),
        BadRow(
            "{'prompt': 'p', 'completions': ['a', 3]}",
            wrong("completions[1]", "a number", "a list of turns")
        ),
        BadRow("{'completions': ['a', 'b']}", .missingKey("prompt")),
        // Labels.
        BadRow("{'prompt': 'p', 'completion': 'c'}", .missingKey("label")),
        BadRow("{'completion': 'c', 'label': true}", .missingKey("prompt")),
        BadRow(
            "{'prompt': 'p', 'completion': 'c', 'label': 2}",
            wrong("label", "a number", "true, false, 1 or 0")
        ),
        BadRow(
            "{'messages': [\(u)], 'label': true}",
            wrong(
                "messages",
                "a single turn",
                "a conversation whose last turn is the answer"
            )
        ),
        BadRow("{}", .unknownKeys([])),
        // Demonstrations.
        BadRow("{'text': 't'}", .unknownKeys(["text"])),
        BadRow("{'messages': [\(u), \(a)]}", .missingKey("chosen")),
        BadRow("{}", .noDemonstration(keys: []), .demonstrations),
        BadRow(
            "{'prompt': 'p', 'chosen': 'c', 'rejected': 'r'}",
            .noDemonstration(keys: ["prompt", "chosen", "rejected"]),
            .demonstrations
        ),
        BadRow(
            "{'messages': [\(u)], 'chosen': 'c', 'rejected': 'r'}",
            .noDemonstration(keys: ["messages", "chosen", "rejected"]),
            .demonstrations
        ),
        BadRow("{'instruction': 'i'}", .noDemonstration(keys: ["instruction"]), .demonstrations),
        BadRow("{'completion': 'c'}", .noDemonstration(keys: ["completion"]), .demonstrations),
        BadRow("{'text': 't'}", .noDemonstration(keys: ["text"]), .demonstrationsChat),
        BadRow("{'text': 3}", wrong("text", "a number", "a string"), .demonstrations),
        BadRow(
            "{'prompt': 'p', 'completion': 'c', 'label': false}",
            wrong(
                "label",
                "false: the answer is not wanted",
                "true, or no label; or skip bad rows"
            ),
            .demonstrations
        ),
        BadRow(
            "{'messages': [\(u), \(a), \(u)]}",
            wrong(
                "messages",
                "a conversation that the assistant does not end",
                "a conversation whose last turn is the answer"
            ),
            .demonstrations
        ),
        BadRow(
            "{'instruction': 'i', 'output': 'o', 'system': 's'}",
            wrong(
                "system",
                "a string beside an instruction that becomes text",
                "turns of a conversation: the format demonstrations-chat makes them"
            ),
            .demonstrations
        ),
        BadRow(
            "{'prompt': 'p', 'completion': 'c', 'system': 's'}",
            wrong(
                "system",
                "a string beside a prompt that is text",
                "turns of a conversation; the format demonstrations-chat makes turns of strings"
            ),
            .demonstrations
        ),
    ]

    private static let turn = "a turn {role, content}"

    private func object(_ row: String) throws -> JSONObject {
        try #require(JSONValue(parsing: row.replacing("'", with: "\"")).object)
    }

    @Test("a row that nearly has a form says what is wrong with it", arguments: badRows)
    func refuses(bad: BadRow) throws {
        let error = #expect(throws: DataError.Reason.self) {
            try ExampleReader(format: bad.format).example(object(bad.row))
        }
        #expect(error == bad.reason)
    }

    @Test("mapped columns are read under our names, and errors name the file's")
    func columnMap() throws {
        let reader = ExampleReader(
            columns: ColumnMap([("chosen", "rejected"), ("rejected", "chosen"), ("prompt", "q")])
        )
        let row = try object("{'q': 'p', 'chosen': 'c', 'rejected': 'r', 'prompt': 'other'}")
        #expect(
            try reader.example(row)
                == PreferenceExample(prompt: .text("p"), chosen: .text("r"), rejected: .text("c"))
        )
        // Without its column, a mapped name is missing, whatever the file has under that name.
        #expect(throws: DataError.Reason.missingKey("q")) {
            try ExampleReader(format: .ranked, columns: ColumnMap([("prompt", "q")]))
                .example(object("{'prompt': 'p', 'completions': ['a', 'b']}"))
        }
        #expect(throws: Self.wrong("good[0].role", "a number", "a string")) {
            try ExampleReader(columns: ColumnMap([("chosen", "good")]))
                .example(object("{'good': [{'role': 1}], 'rejected': []}"))
        }
    }
}
