import OrderedJSON
import PreferenceData
import Testing

/// The forms of rows, each by a row as its documentation has it.
@Suite struct RowShapeTests {
    /// A row, and what it says.
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        /// JSON, with ' for " so that it can be read.
        var row: String
        var example: PreferenceExample
        var format: DataFormat?

        var testDescription: String { name }
    }

    /// A turn.
    private static func turn(_ role: String, _ content: String) -> ChatMessage {
        ChatMessage(role: role, content: content)
    }

    private static let question = [turn("user", "q")]

    private static func chat(
        _ prompt: [ChatMessage] = question,
        _ answers: String...,
        judgement: Judgement = .pair,
        scores: [Double]? = nil,
        implicit: Bool = false
    ) -> PreferenceExample {
        var example = PreferenceExample(
            prompt: .messages(prompt),
            answers: answers.map { .messages([turn("assistant", $0)]) },
            judgement: judgement
        )
        example.scores = scores
        example.promptIsImplicit = implicit
        return example
    }

    private static func text(
        _ prompt: String,
        _ answers: String...,
        judgement: Judgement = .pair,
        scores: [Double]? = nil,
        implicit: Bool = false
    ) -> PreferenceExample {
        var example = PreferenceExample(
            prompt: .text(prompt),
            answers: answers.map { .text($0) },
            judgement: judgement
        )
        example.scores = scores
        example.promptIsImplicit = implicit
        return example
    }

    private static let alpaca =
        "Below is an instruction that describes a task. Write a response that appropriately "
        + "completes the request.\n\n### Instruction:\ni"

    private static let u = "{'role': 'user', 'content': 'q'}"
    private static let s = "{'role': 'system', 'content': 's'}"
    private static func a(_ text: String) -> String {
        "{'role': 'assistant', 'content': '\(text)'}"
    }

    static let samples = [
        Sample(
            name: "token ids",
            row: "{'prompt_ids': [1], 'chosen_ids': [2], 'rejected_ids': [3]}",
            example: .init(prompt: .tokens([1]), chosen: .tokens([2]), rejected: .tokens([3]))
        ),
        Sample(
            name: "text",
            row: "{'prompt': 'p', 'chosen': 'c', 'rejected': 'r', 'tools': null, 'system': ''}",
            example: text("p", "c", "r")
        ),
        Sample(
            name: "text with scores",
            row: "{'prompt': 'p', 'chosen': 'c', 'rejected': 'r', 'score_chosen': 2, "
                + "'score_rejected': 0.5}",
            example: text("p", "c", "r", scores: [2, 0.5])
        ),
        Sample(
            name: "text with an implicit prompt",
            row: "{'chosen': 'H: a', 'rejected': 'H: b'}",
            example: text("H:", " a", " b", implicit: true)
        ),
        Sample(
            name: "strings as turns, where it is asked for",
            row: "{'system': 's', 'prompt': 'q', 'chosen': 'c', 'rejected': 'r'}",
            example: chat([turn("system", "s")] + question, "c", "r"),
            format: .chat
        ),
        Sample(
            name: "TRL's conversations",
            row: "{'prompt': [\(u)], 'chosen': [\(a("c"))], 'rejected': [\(a("r"))]}",
            example: chat(question, "c", "r")
        ),
        Sample(
            name: "a system prompt in its own column",
            row: "{'prompt': [\(u)], 'chosen': [\(a("c"))], 'rejected': [\(a("r"))], "
                + "'system': 's'}",
            example: chat([turn("system", "s")] + question, "c", "r")
        ),
        Sample(
            name: "a system prompt beside the conversation's own",
            row: "{'prompt': [\(s), \(u)], 'chosen': \(a("c")), 'rejected': 'r', 'system': 't'}",
            example: chat([turn("system", "s")] + question, "c", "r")
        ),
        Sample(
            name: "TRL's conversations with an implicit prompt",
            row: "{'chosen': [\(u), \(a("c"))], "
                + "'rejected': [{'content': 'q', 'role': 'user'}, \(a("r"))]}",
            example: chat(question, "c", "r", implicit: true)
        ),
        Sample(
            name: "UltraFeedback as published",
            row: "{'prompt': 'q ', 'prompt_id': 'x', 'chosen': [\(u), \(a("c"))], "
                + "'rejected': [\(u), \(a("r"))], 'messages': [\(u), \(a("c"))], "
                + "'score_chosen': 8.0, 'score_rejected': 7.5}",
            example: chat(question, "c", "r", scores: [8, 7.5], implicit: true)
        ),
        Sample(
            name: "a prompt that is a string, and turns of the assistant",
            row: "{'prompt': 'q', 'chosen': [\(a("c"))], 'rejected': \(a("r"))}",
            example: chat(question, "c", "r")
        ),
        Sample(
            name: "turns {from, value} in TRL's columns",
            row: "{'chosen': [{'from': 'human', 'value': 'q'}, {'from': 'gpt', 'value': 'c'}], "
                + "'rejected': [{'from': 'human', 'value': 'q'}, {'from': 'gpt', 'value': 'r'}]}",
            example: chat(question, "c", "r", implicit: true)
        ),
        Sample(
            name: "an instruction",
            row: "{'instruction': 'i', 'input': '', 'output': 'o', 'chosen': 'c', 'rejected': 'r'}",
            example: text(alpaca + "\n\n### Response:\n", "c", "r")
        ),
        Sample(
            name: "an instruction with input",
            row: "{'instruction': 'i', 'input': 'n', 'chosen': 'c', 'rejected': 'r'}",
            example: text(alpaca + "\n\n### Input:\nn\n\n### Response:\n", "c", "r")
        ),
        Sample(
            name: "an instruction with ranked outputs",
            row: "{'instruction': 'i', 'input': null, 'output': ['c', 'r']}",
            example: text(alpaca + "\n\n### Response:\n", "c", "r")
        ),
        Sample(
            name: "an instruction with a labelled output",
            row: "{'instruction': 'i', 'output': 'o', 'kto_tag': false}",
            example: text(alpaca + "\n\n### Response:\n", "o", judgement: .labelled(false))
        ),
        Sample(
            name: "UltraFeedback's own completions",
            row: "{'instruction': 'i', 'completions': [{'response': 'r', 'overall_score': 6.5, "
                + "'model': 'x'}, {'response': 'c', 'overall_score': 8}]}",
            example: text(
                alpaca + "\n\n### Response:\n",
                "r",
                "c",
                judgement: .ranked([1, 0]),
                scores: [6.5, 8]
            )
        ),
        Sample(
            name: "an instruction as a conversation",
            row: "{'instruction': 'i', 'input': 'n', 'system': 's', 'history': [['q', 'x']], "
                + "'chosen': 'c', 'rejected': 'r'}",
            example: chat(
                [turn("system", "s")] + question
                    + [turn("assistant", "x"), turn("user", "i\nn")],
                "c",
                "r"
            ),
            format: .instructionChat
        ),
        Sample(
            name: "LLaMA-Factory's conversations",
            row: "{'conversations': [{'from': 'system', 'value': 's'}, {'from': 'human', 'value': "
                + "'q'}], 'chosen': {'from': 'gpt', 'value': 'c'}, 'rejected': {'from': 'gpt', "
                + "'value': 'r'}, 'system': 't'}",
            example: chat([turn("system", "s")] + question, "c", "r")
        ),
        Sample(
            name: "LLaMA-Factory's conversations with OpenAI's names, and strings",
            row: "{'messages': [\(u)], 'chosen': 'c', 'rejected': 'r'}",
            example: chat(question, "c", "r")
        ),
        Sample(
            name: "LLaMA-Factory's second form",
            row: "{'chosen_messages': [{'role': 'user', 'content': [{'type': 'text', 'value': "
                + "'q'}], 'loss_weight': 0.0}, {'role': 'assistant', 'content': [{'type': 'text', "
                + "'value': 'c'}], 'loss_weight': 1.0}], 'rejected_messages': [\(u), \(a("r"))]}",
            example: chat(question, "c", "r", implicit: true)
        ),
        Sample(
            name: "completions, the best first",
            row: "{'prompt': 'p', 'completions': ['a', 'b', 'c']}",
            example: text("p", "a", "b", "c", judgement: .ranked([0, 1, 2]))
        ),
        Sample(
            name: "responses with scores beside them, two equal",
            row: "{'prompt': 'p', 'responses': ['a', 'b', 'c'], 'scores': [0.5, 2, 0.5]}",
            example: text(
                "p",
                "a",
                "b",
                "c",
                judgement: .ranked([1, 0, 1]),
                scores: [0.5, 2, 0.5]
            )
        ),
        Sample(
            name: "answers with ratings inside",
            row: "{'prompt': 'p', 'answers': [{'text': 'a', 'rating': 1}, {'text': 'b', "
                + "'rating': 5}]}",
            example: text("p", "a", "b", judgement: .ranked([1, 0]), scores: [1, 5])
        ),
        Sample(
            name: "ranks beside completions, before scores",
            row: "{'prompt': 'p', 'completions': ['a', 'b'], 'ranks': [7, 3], 'scores': [9, 1]}",
            example: text("p", "a", "b", judgement: .ranked([1, 0]), scores: [9, 1])
        ),
        Sample(
            name: "the original DPO's pairs of indices",
            row: "{'prompt': 'p', 'responses': ['a', 'b', 'c'], 'pairs': [[1, 0], [1, 2]]}",
            example: text("p", "a", "b", "c", judgement: .ranked([1, 0, 1]))
        ),
        Sample(
            name: "NeMo-RL's context and completions",
            row: "{'context': [\(u)], 'completions': [{'rank': 1, 'completion': [\(a("r"))]}, "
                + "{'rank': 0, 'completion': [\(a("c"))]}]}",
            example: chat(question, "r", "c", judgement: .ranked([1, 0]))
        ),
        Sample(
            name: "completions that are turns, to a prompt that is a string",
            row: "{'prompt': 'q', 'completions': [\(a("c")), \(a("r"))]}",
            example: chat(question, "c", "r")
        ),
        Sample(
            name: "a labelled completion",
            row: "{'prompt': 'p', 'completion': 'c', 'label': true}",
            example: text("p", "c", judgement: .labelled(true))
        ),
        Sample(
            name: "a labelled completion as turns",
            row: "{'prompt': [\(u)], 'completion': [\(a("c"))], 'label': 0}",
            example: chat(question, "c", judgement: .labelled(false))
        ),
        Sample(
            name: "LLaMA-Factory's labelled conversation",
            row: "{'messages': [\(u), \(a("c"))], 'kto_tag': 'True'}",
            example: chat(question, "c", judgement: .labelled(true), implicit: true)
        ),
        Sample(
            name: "columns of other forms that are null",
            row: "{'prompt': 'p', 'completion': 'c', 'label': true, 'chosen': null, 'rejected': "
                + "null, 'messages': null, 'instruction': null, 'weight': null, 'margin': null, "
                + "'prompt_ids': null}",
            example: text("p", "c", judgement: .labelled(true))
        ),
        Sample(
            name: "a completion without a label, where demonstrations are asked for",
            row: "{'prompt': 'p', 'completion': 'c'}",
            example: text("p", "c", judgement: .labelled(true)),
            format: .demonstrations
        ),
        Sample(
            name: "a demonstration with a label that says what it is",
            row: "{'prompt': 'p', 'completion': 'c', 'label': 1}",
            example: text("p", "c", judgement: .labelled(true)),
            format: .demonstrations
        ),
        Sample(
            name: "a demonstration as turns",
            row: "{'prompt': [\(u)], 'completion': [\(a("c"))]}",
            example: chat(question, "c", judgement: .labelled(true)),
            format: .demonstrations
        ),
        Sample(
            name: "UltraChat's messages beside their first turn",
            row: "{'prompt': 'q', 'prompt_id': 'x', 'messages': [\(u), \(a("c"))]}",
            example: chat(question, "c", judgement: .labelled(true), implicit: true),
            format: .demonstrations
        ),
        Sample(
            name: "ShareGPT's conversation",
            row: "{'conversations': [{'from': 'human', 'value': 'q'}, {'from': 'gpt', 'value': "
                + "'c'}], 'system': 's'}",
            example: chat(
                [turn("system", "s")] + question,
                "c",
                judgement: .labelled(true),
                implicit: true
            ),
            format: .demonstrations
        ),
        Sample(
            name: "a text, which answers nothing",
            row: "{'text': 't'}",
            example: text("", "t", judgement: .labelled(true)),
            format: .demonstrations
        ),
        Sample(
            name: "Alpaca's own rows, of which the text says no more than the parts",
            row: "{'instruction': 'i', 'input': '', 'output': 'o', 'text': 'all of it'}",
            example: text(alpaca + "\n\n### Response:\n", "o", judgement: .labelled(true)),
            format: .demonstrations
        ),
        Sample(
            name: "Alpaca's rows as turns",
            row: "{'instruction': 'i', 'input': 'n', 'output': 'o', 'system': 's'}",
            example: chat(
                [turn("system", "s"), turn("user", "i\nn")],
                "o",
                judgement: .labelled(true)
            ),
            format: .demonstrationsChat
        ),
        Sample(
            name: "a demonstration's strings as turns",
            row: "{'prompt': 'q', 'completion': 'c'}",
            example: chat(question, "c", judgement: .labelled(true)),
            format: .demonstrationsChat
        ),
    ]

    private func object(_ row: String) throws -> JSONObject {
        try #require(JSONValue(parsing: row.replacing("'", with: "\"")).object)
    }

    @Test("a row of each form says what its documentation means", arguments: samples)
    func reads(sample: Sample) throws {
        let example = try ExampleReader(format: sample.format).example(object(sample.row))
        #expect(example == sample.example)
    }

    @Test("columns that all forms have are read from all of them", arguments: samples)
    func commonColumns(sample: Sample) throws {
        var row = try object(sample.row)
        row["weight"] = 0.5
        row["margin"] = -2
        row["tools"] = "[{\"name\": \"f\", \"function\": {}}]"
        row["chat_template_kwargs"] = ["enable_thinking": false]
        var expected = sample.example
        expected.weight = 0.5
        expected.margin = -2
        expected.tools = [["name": "f", "function": [:]]]
        expected.templateVariables = JSONObject([("enable_thinking", false)])
        #expect(try ExampleReader(format: sample.format).example(row) == expected)
    }

    @Test("every form is tried above")
    func complete() throws {
        var formats = Set(Self.samples.compactMap(\.format))
        for sample in Self.samples where sample.format == nil {
            let row = try object(sample.row)
            // The form that reads it as all of them together do; others may read it too.
            let format = try ExampleReader.format(of: row)
            #expect(try ExampleReader(format: format).example(row) == sample.example)
            formats.insert(format)
        }
        #expect(formats == Set(DataFormat.allCases))
    }

    @Test("no row is claimed by two forms, but for token ids beside text")
    func claims() throws {
        for sample in Self.samples where sample.format == nil {
            #expect(try ExampleReader.claimants(of: object(sample.row)).count == 1, "\(sample)")
        }
    }

    @Test("tool calls, observations and thoughts of LLaMA-Factory become those of chat templates")
    func toolCalls() throws {
        let row = try object(
            #"""
            {'conversations': [{'from': 'human', 'value': 'q'}, {'from': 'function_call',
             'value': '<think>t</think>{\'name\': \'f\', \'arguments\': {\'x\': 1}}'},
             {'from': 'observation', 'value': '2'}], 'tools': '[{\'name\': \'f\'}]',
             'chosen': {'from': 'function_call', 'value': '[{\'name\': \'f\', \'arguments\': {}},
              {\'name\': \'g\', \'arguments\': \'{}\'}]'}, 'rejected': {'from': 'gpt', 'value': 'r'}}
            """#.replacing("\n", with: "")
        )
        let example = try ExampleReader().example(row)
        func call(_ name: String, _ arguments: JSONValue) -> JSONValue {
            [
                "type": "function",
                "function": ["name": .string(name), "arguments": arguments],
            ]
        }
        func caller(_ content: String, _ calls: [JSONValue]) -> ChatMessage {
            var message = Self.turn("assistant", content)
            message.members["tool_calls"] = .array(calls)
            return message
        }
        #expect(
            example.prompt
                == .messages(
                    Self.question + [
                        caller("<think>t</think>", [call("f", ["x": 1])]), Self.turn("tool", "2"),
                    ]
                )
        )
        #expect(example.answers[0] == .messages([caller("", [call("f", [:]), call("g", [:])])]))
        #expect(example.tools == [["type": "function", "function": ["name": "f"]]])
    }

    @Test("parts of LLaMA-Factory's second form become text, reasoning and tool calls")
    func parts() throws {
        let row = try object(
            #"""
            {'chosen_messages': [{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': [
             {'type': 'reasoning', 'value': 'h'}, {'type': 'text', 'value': 'a'},
             {'type': 'text', 'value': 'b'},
             {'type': 'tool_call', 'value': '{\'name\': \'f\', \'arguments\': {}}'}]}],
             'rejected_messages': [{'role': 'user', 'content': 'q'}, {'role': 'assistant',
             'content': 'r'}]}
            """#.replacing("\n", with: "")
        )
        guard case .messages(let chosen) = try ExampleReader().example(row).answers[0] else {
            Issue.record("no turns")
            return
        }
        #expect(
            chosen.map { JSONValue.object($0.members).text } == [
                #"{"role":"assistant","content":"ab","reasoning_content":"h","#
                    + #""tool_calls":[{"type":"function","function":{"name":"f","arguments":{}}}]}"#
            ]
        )
    }

    @Test("tools in the system's turn are the row's, as minimind and VerMind have them")
    func systemTools() throws {
        let row = try object(
            "{'chosen': [{'role': 'system', 'content': '', 'functions': [{'name': 'f'}]}, "
                + "\(Self.u), \(Self.a("c"))], 'rejected': [{'role': 'system', 'content': '', "
                + "'functions': [{'name': 'f'}]}, \(Self.u), \(Self.a("r"))]}"
        )
        #expect(try ExampleReader().example(row).tools == [["name": "f"]])
    }

    @Test("as in TRL, the last common turn stays where one conversation is the other's beginning")
    func beginning() throws {
        let row = try object("{'chosen': [\(Self.u), \(Self.a("c"))], 'rejected': [\(Self.u)]}")
        let example = try ExampleReader().example(row)
        #expect(example.prompt == .messages([]))
        #expect(example.answers[1] == .messages(Self.question))
        let same = try object(
            "{'chosen': [\(Self.u), \(Self.a("c"))], 'rejected': [\(Self.u), \(Self.a("c"))]}"
        )
        #expect(throws: DataError.Reason.equalAnswers) { try ExampleReader().example(same) }
    }
}
