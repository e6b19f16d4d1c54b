import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing

@Suite struct ConversionTests {
    private static func turn(_ role: String, _ content: String) -> ChatMessage {
        ChatMessage(role: role, content: content)
    }

    /// Text that upsets those who cut it: quotes, line ends, and letters of several scalars.
    private static let words = [
        "a", " b\n", "é", "e\u{301}", "\"}]", "\\", "\r\n", "👩‍🚀", "### Input:\n", "</s>", "\u{0}",
    ]

    /// A stream of made-up examples, the same each time.
    private struct Maker {
        var state: UInt64 = 1

        mutating func number(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        mutating func text() -> String {
            // The number keeps answers apart.
            (0...number(below: 4)).map { _ in words[number(below: words.count)] }.joined()
                + "\(number(below: 1_000_000_000))"
        }

        mutating func conversation() -> [ChatMessage] {
            var turns = number(below: 2) == 0 ? [] : [turn("system", text())]
            for _ in 0..<number(below: 3) {
                turns += [turn("user", text()), turn("assistant", text())]
            }
            return turns + [turn("user", text())]
        }

        mutating func common(_ example: PreferenceExample) -> PreferenceExample {
            var example = example
            if number(below: 2) == 0 { example.weight = Double(1 + number(below: 9)) / 4 }
            if number(below: 2) == 0 { example.margin = Double(number(below: 9)) - 4 }
            return example
        }

        mutating func turned(_ example: PreferenceExample) -> PreferenceExample {
            var example = common(example)
            if number(below: 2) == 0 {
                let name = JSONValue.string(text())
                example.tools = [["type": "function", "function": ["name": name]]]
            }
            if number(below: 2) == 0 {
                example.templateVariables = JSONObject([("enable_thinking", false)])
            }
            return example
        }

        mutating func textPair() -> PreferenceExample {
            common(.init(prompt: .text(text()), chosen: .text(text()), rejected: .text(text())))
        }

        mutating func chatPair() -> PreferenceExample {
            var example = PreferenceExample(
                prompt: .messages(conversation()),
                chosen: .messages([turn("assistant", text())]),
                rejected: .messages([turn("assistant", text())])
            )
            if number(below: 2) == 0 { example.scores = [number(below: 9), 0].map(Double.init) }
            return turned(example)
        }
    }

    /// Writes an example in one form after the other and reads it each time.
    private func goingThrough(
        _ formats: [DataFormat],
        _ example: PreferenceExample
    ) throws -> PreferenceExample {
        var example = example
        for format in formats {
            let (rows, changes) = try ExampleWriter(format: format).rows(example)
            #expect(changes.isEmpty, "\(changes)")
            let text = JSONValue.object(try #require(rows.first)).text
            let row = try #require(JSONValue(parsing: text).object)
            #expect(rows.count == 1)
            example = try ExampleReader(format: format).example(row)
        }
        return example
    }

    @Test(
        "pairs of turns are the same after they were written in another form and back",
        arguments: [DataFormat.chat, .sharegpt, .llamaFactoryV1, .instructionChat, .ranked]
    )
    func turns(format: DataFormat) throws {
        var maker = Maker()
        for _ in 0..<200 {
            let example = maker.chatPair()
            #expect(try goingThrough([format, .chat], example).says(example))
        }
    }

    @Test("turns go through all forms that have them, one after the other")
    func chain() throws {
        var maker = Maker(state: 2)
        for _ in 0..<100 {
            let example = maker.chatPair()
            let formats: [DataFormat] = [
                .sharegpt, .instructionChat, .ranked, .llamaFactoryV1, .chat,
            ]
            #expect(try goingThrough(formats, example).says(example))
        }
    }

    @Test("text is the same after it was written as a ranking and back")
    func text() throws {
        var maker = Maker(state: 3)
        for _ in 0..<200 {
            let example = maker.textPair()
            #expect(try goingThrough([.text, .ranked, .text], example).says(example))
        }
    }

    @Test("rankings keep ranks, ties, scores and the order of their answers")
    func rankings() throws {
        var maker = Maker(state: 4)
        for _ in 0..<200 {
            let count = 2 + maker.number(below: 4)
            var ranks = (0..<count).map { _ in maker.number(below: 3) }
            let levels = Set(ranks).sorted()
            ranks = ranks.map { levels.firstIndex(of: $0) ?? 0 }
            var example = PreferenceExample(
                prompt: .messages(maker.conversation()),
                answers: ranks.map { _ in .messages([Self.turn("assistant", maker.text())]) },
                judgement: .ranked(ranks)
            )
            if maker.number(below: 2) == 0 {
                example.scores = ranks.map { _ in Double(maker.number(below: 100)) / 8 }
            }
            example = maker.turned(example)
            guard levels.count > 1 else { continue }
            #expect(try goingThrough([.ranked], example).says(example))
            if count > 2 {
                #expect(try goingThrough([.instructionChat], example).says(example))
            }
        }
    }

    @Test("labelled answers keep their labels")
    func labels() throws {
        var maker = Maker(state: 5)
        for index in 0..<100 {
            let example = maker.turned(
                PreferenceExample(
                    prompt: .messages(maker.conversation()),
                    answers: [.messages([Self.turn("assistant", maker.text())])],
                    judgement: .labelled(index.isMultiple(of: 2))
                )
            )
            #expect(try goingThrough([.unpaired, .instructionChat], example).says(example))
        }
    }

    @Test("tool calls, observations and thoughts keep their places")
    func toolCalls() throws {
        var caller = Self.turn("assistant", "<think>t</think>")
        caller.members["tool_calls"] = [
            ["type": "function", "function": ["name": "f", "arguments": ["x": [1, "y"]]]]
        ]
        var thinker = Self.turn("assistant", "c")
        thinker.members["reasoning_content"] = "h"
        let prompt = [Self.turn("user", "q"), caller, Self.turn("tool", "2")]
        let example = PreferenceExample(
            prompt: .messages(prompt),
            chosen: .messages([Self.turn("assistant", "c")]),
            rejected: .messages([caller])
        )
        #expect(try goingThrough([.sharegpt, .llamaFactoryV1, .chat], example).says(example))
        var thinking = example
        thinking.answers[0] = .messages([thinker])
        #expect(try goingThrough([.llamaFactoryV1, .chat], thinking).says(thinking))
        #expect(throws: DataError.Reason.self) {
            try ExampleWriter(format: .sharegpt).rows(thinking)
        }
    }

    @Test("a ranking becomes a row for each pair that it compares")
    func expansion() throws {
        var example = PreferenceExample(
            prompt: .text("p"),
            answers: ["a", "b", "c", "d"].map { .text($0) },
            judgement: .ranked([1, 0, 2, 1])
        )
        example.scores = [5, 9, 1, 5]
        example.weight = 2
        let (rows, changes) = try ExampleWriter(format: .text).rows(example)
        // b before a, c and d; a and d before c; a and d are equal.
        #expect(
            rows.map { JSONValue.object($0).text }
                == [("a", "c"), ("b", "a"), ("b", "c"), ("b", "d"), ("d", "c")].map {
                    let scores: [String: Double] = ["a": 5, "b": 9, "c": 1, "d": 5]
                    return #"{"prompt":"p","chosen":"\#($0)","rejected":"\#($1)","score_chosen":"#
                        + #"\#(scores[$0] ?? 0),"score_rejected":\#(scores[$1] ?? 0),"weight":2.0}"#
                }
        )
        #expect(changes == [.rankingsExpanded])
    }

    @Test("a pair becomes two labelled rows")
    func labelling() throws {
        let pair = PreferenceExample(
            prompt: .text("p"),
            chosen: .text("c"),
            rejected: .text("r")
        )
        let (rows, changes) = try ExampleWriter(format: .unpaired).rows(pair)
        #expect(
            rows.map { JSONValue.object($0).text } == [
                #"{"prompt":"p","completion":"c","label":true}"#,
                #"{"prompt":"p","completion":"r","label":false}"#,
            ]
        )
        #expect(changes == [.answersLabelled])
    }

    @Test("a wanted answer becomes a demonstration, and turns where they are asked for")
    func demonstrations() throws {
        let label = PreferenceExample(
            prompt: .text("p"),
            answers: [.text("c")],
            judgement: .labelled(true)
        )
        func text(_ format: DataFormat) throws -> [String] {
            try ExampleWriter(format: format).rows(label).rows.map { JSONValue.object($0).text }
        }
        #expect(try text(.demonstrations) == [#"{"prompt":"p","completion":"c"}"#])
        #expect(
            try text(.demonstrationsChat) == [
                #"{"prompt":[{"role":"user","content":"p"}],"#
                    + #""completion":[{"role":"assistant","content":"c"}]}"#
            ]
        )
    }

    @Test("text becomes turns, and Alpaca's words around an instruction go")
    func turnsOfText() throws {
        let pair = try ExampleReader().example(
            JSONObject([
                ("instruction", "i"), ("input", "n"), ("chosen", "c"), ("rejected", "r"),
            ])
        )
        let (rows, changes) = try ExampleWriter(format: .chat).rows(pair)
        #expect(
            rows.map { JSONValue.object($0).text } == [
                #"{"prompt":[{"role":"user","content":"i\nn"}],"chosen":[{"role":"assistant","#
                    + #""content":"c"}],"rejected":[{"role":"assistant","content":"r"}]}"#
            ]
        )
        #expect(changes == [.textBecameTurns])
        // And back they are the instruction that they were.
        #expect(try goingThrough([.instruction], pair).says(pair))
    }

    @Test("a prompt becomes an instruction, and is counted as changed")
    func instructions() throws {
        let pair = PreferenceExample(
            prompt: .text("p"),
            chosen: .text("c"),
            rejected: .text("r")
        )
        let (rows, changes) = try ExampleWriter(format: .instruction).rows(pair)
        #expect(
            rows.map { JSONValue.object($0).text }
                == [#"{"instruction":"p","chosen":"c","rejected":"r"}"#]
        )
        #expect(changes == [.promptsBecameInstructions])
    }

    @Test("a template makes text of turns")
    func rendering() throws {
        let writer = ExampleWriter(format: .text) { (turns, _, begins) throws(DataError.Reason) in
            turns.map { "<\($0.role)>\($0.text ?? "")\n" }.joined() + (begins ? "<assistant>" : "")
        }
        let pair = PreferenceExample(
            prompt: .messages([Self.turn("user", "q")]),
            chosen: .messages([Self.turn("assistant", "c")]),
            rejected: .messages([Self.turn("assistant", "r")])
        )
        let (rows, changes) = try writer.rows(pair)
        #expect(
            rows.map { JSONValue.object($0).text } == [
                #"{"prompt":"<user>q\n<assistant>","chosen":"c\n","rejected":"r\n"}"#
            ]
        )
        #expect(changes == [.turnsRendered])
    }

    @Test("a tokenizer makes token ids of text")
    func tokens() throws {
        let encoder = ExampleEncoder(
            processor: TextProcessor(ScalarEncoder()),
            settings: DataSettings()
        )
        let pair = PreferenceExample(
            prompt: .text("p"),
            chosen: .text("c"),
            rejected: .text("r")
        )
        let (rows, _) = try ExampleWriter(format: .tokens, encoder: encoder).rows(pair)
        #expect(
            rows.map { JSONValue.object($0).text }
                == [#"{"prompt_ids":[1,112],"chosen_ids":[99,2],"rejected_ids":[114,2]}"#]
        )
    }

    @Test("what a form has no place for is told")
    func inexpressible() {
        let turns = PreferenceExample(
            prompt: .messages([Self.turn("user", "q")]),
            chosen: .messages([Self.turn("assistant", "c")]),
            rejected: .messages([Self.turn("assistant", "r")])
        )
        let label = PreferenceExample(
            prompt: .text("p"),
            answers: [.text("c")],
            judgement: .labelled(true)
        )
        let ids = PreferenceExample(
            prompt: .tokens([1]),
            chosen: .tokens([2]),
            rejected: .tokens([3])
        )
        // The second form finds the prompt as what both sides begin with.
        let alike = PreferenceExample(
            prompt: .messages([Self.turn("user", "q")]),
            chosen: .messages([
                Self.turn("assistant", "a"), Self.turn("user", "b"), Self.turn("assistant", "c"),
            ]),
            rejected: .messages([
                Self.turn("assistant", "a"), Self.turn("user", "b"), Self.turn("assistant", "r"),
            ])
        )
        let cases: [(PreferenceExample, DataFormat, String)] = [
            (turns, .text, "turns without a model's chat template"),
            (turns, .tokens, "text without a model's tokenizer"),
            (label, .text, "single answers with labels"),
            (label, .ranked, "single answers with labels"),
            (ids, .chat, "token ids"),
            (turns, .demonstrations, "answers other than one that is wanted"),
            (ids, .unpaired, "token ids"),
            (alike, .sharegpt, "answers of several turns"),
            (alike, .llamaFactoryV1, "all that the row says"),
        ]
        for (example, format, what) in cases {
            #expect(throws: DataError.Reason.inexpressible(format: format, what: what)) {
                try ExampleWriter(format: format).rows(example)
            }
        }
    }

    @Test("a file is converted with counts of what was changed and left out")
    func report() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.jsonl",
            """
            {"prompt": "p", "completions": ["a", "b", "c"]}
            {"prompt": "p", "completion": "a", "label": true}
            {"prompt": "p", "chosen": "c", "rejected": "r"}
            """
        )
        var rows: [JSONObject] = []
        let conversion = DataConversion(
            reader: ExampleReader(),
            writer: ExampleWriter(format: .text),
            onBadRow: .skip
        )
        let report = try conversion.run([.path(file)]) { rows.append($0) }
        #expect(rows.count == 4)
        #expect(
            report.description == """
                3 rows read, 4 written
                skipped 1:
                  1 × the form has no place for it: \(file.path):2
                rankings became a row for each compared pair: 1 row
                """
        )
        let error = #expect(throws: DataError.self) {
            try DataConversion(reader: ExampleReader(), writer: ExampleWriter(format: .text))
                .run([.path(file)]) { _ in }
        }
        #expect(
            error?.description == "\(file.path):2: text has no place for single answers with "
                + "labels (take another form, or skip bad rows)"
        )
    }
}
