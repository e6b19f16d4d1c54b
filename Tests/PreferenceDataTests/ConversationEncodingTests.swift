import ChatTemplates
import Files
import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing
import TokenTrees

/// Conversations to tokens.
@Suite struct ConversationEncodingTests {
    @Test(
        "the prompt ends where an answer is asked for, and nothing is added to the template's text"
    )
    func pair() throws {
        let encoder = try ExampleEncoder(template: plainTemplate, encoder: ScalarEncoder())
        let encoded = try encoder.pair(turns("hi"), answer("yes"), answer("no"))
        // No beginning (1), for the template writes all; </s> is 2.
        let prompt = ids("<user>hi") + [2] + ids("<assistant>")
        #expect(encoded.promptLength == prompt.count)
        #expect(encoded.sequences[0].tokens == prompt + ids("yes") + [2])
        #expect(encoded.sequences[1].tokens == prompt + ids("no") + [2])
        #expect(encoded.sequences[0].scored == [prompt.count..<(prompt.count + 4)])
        #expect(encoded.sequences[1].scored == [prompt.count..<(prompt.count + 3)])
        #expect(encoded.endOfTextAppended == 0)
        #expect(encoded.endOfTextMissing == 0)
        #expect(encoded.boundaryShift == 0)
    }

    @Test(
        "a prompt that ends in the assistant's turn is asked for an answer like any other, as in TRL"
    )
    func assistantLast() throws {
        let encoder = try ExampleEncoder(template: plainTemplate)
        let encoded = try encoder.pair(turns("hi", "well"), answer("yes"), answer("no"))
        // <user>hi</s><assistant>well</s><assistant>: 11 + 4 + 1 and 8 + 1 less their letters.
        let prompt =
            ids("<user>hi") + [2] + ids("<assistant>well") + [2] + ids("<assistant>")
        #expect(encoded.promptLength == prompt.count)
        #expect(encoded.sequences[1].tokens == prompt + ids("no") + [2])
    }

    @Test("K answers share one prompt, and one labelled answer has it alone")
    func otherNumbers() throws {
        let encoder = try ExampleEncoder(template: plainTemplate)
        let ranked = try encoder.encode(
            PreferenceExample(
                prompt: .messages(turns("hi")),
                answers: ["a", "b", "c"].map { .messages(answer($0)) },
                judgement: .ranked([2, 0, 1])
            )
        )
        #expect(ranked.sequences.map(\.scoredTexts) == [["a</s>"], ["b</s>"], ["c</s>"]])
        let labelled = try encoder.encode(
            PreferenceExample(
                prompt: .messages(turns("hi")),
                answers: [.messages(answer("a"))],
                judgement: .labelled(false)
            )
        )
        #expect(labelled.sequences == [ranked.sequences[0]])
        #expect(labelled.promptLength == ranked.promptLength)
    }

    @Test("tools and variables reach the template")
    func toolsAndVariables() throws {
        let encoder = try ExampleEncoder(
            template: "{{ tools[0].name }}{{ mood }}{{ bos_token is defined }}{{ messages|length }}"
                + "{% if messages|length > 1 %}{{ messages[1].content }}{% endif %}"
        )
        var example = PreferenceExample(
            prompt: .messages(turns("hi")),
            chosen: .messages(answer("y")),
            rejected: .messages(answer("n"))
        )
        example.tools = [["name": "clock"]]
        example.templateVariables = JSONObject([("mood", "calm")])
        let encoded = try encoder.encode(example)
        #expect(encoded.sequences[0].tokens == ids("clockcalmFalse2y"))
        // The prompt alone is "…1", so that it shares what comes before.
        #expect(encoded.promptLength == ids("clockcalmFalse").count)
        #expect(encoded.boundaryShift == 1)
    }

    @Test("without a message in the prompt, the whole conversations are the answers")
    func emptyPrompt() throws {
        let encoder = try ExampleEncoder(template: plainTemplate)
        let encoded = try encoder.pair([], turns("a", "b"), turns("c", "d"))
        #expect(encoded.promptLength == 0)
        #expect(encoded.sequences[0].scoredTexts == ["<user>a</s><assistant>b</s>"])
    }

    @Test("a template that puts nothing behind an answer leaves it without an end")
    func endMissing() throws {
        let encoder = try ExampleEncoder(
            template: "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
        )
        let encoded = try encoder.pair(turns("hi"), answer("yes "), answer("no</s>"))
        #expect(encoded.endOfTextMissing == 1)
    }

    /// What cannot be encoded, and why.
    static let failures: [(prompt: Passage, chosen: Passage, reason: DataError.Reason)] = [
        (
            .text("hi"), .messages(answer("yes")),
            .mixedKinds(key: "chosen", found: "messages", prompt: "text")
        ),
        (
            .messages(turns("hi")), .text("yes"),
            .mixedKinds(key: "chosen", found: "text", prompt: "messages")
        ),
        (
            .messages(turns("hi")), .tokens([3]),
            .mixedKinds(key: "chosen", found: "token ids", prompt: "messages")
        ),
        (.messages(turns("hi")), .messages([]), .emptyAnswer(key: "chosen")),
        (.messages(turns("hi")), .messages(answer(" \n")), .emptyAnswer(key: "chosen")),
        (
            .messages(turns("no")), .messages(answer("yes")),
            .templateRefused(message: "say it kindly")
        ),
    ]

    @Test("what cannot be encoded is told", arguments: failures)
    func refused(prompt: Passage, chosen: Passage, reason: DataError.Reason) throws {
        let encoder = try ExampleEncoder(
            template: "{% if messages[0].content == 'no' %}{{ raise_exception('say it kindly') }}"
                + "{% endif %}\(plainTemplate)"
        )
        var rejected = Passage.messages(answer("n"))
        switch prompt {
        case .text: rejected = .text("n")
        case .messages, .tokens: break
        }
        let error = #expect(throws: DataError.Reason.self) {
            try encoder.encode(
                PreferenceExample(prompt: prompt, chosen: chosen, rejected: rejected)
            )
        }
        #expect(error == reason)
        #expect(error?.kind != nil)
    }

    @Test("a turn that only calls a tool is an answer")
    func toolCall() throws {
        let encoder = try ExampleEncoder(
            template: "{% for m in messages %}[{{ m.content or '' }}"
                + "{% for c in m.tool_calls or [] %}{{ c.name }}{% endfor %}]{% endfor %}"
        )
        let call = ChatMessage(
            JSONObject([
                ("role", "assistant"), ("content", .null), ("tool_calls", [["name": "clock"]]),
            ])
        )
        let encoded = try encoder.pair(turns("hi"), [call], answer("no"))
        #expect(encoded.sequences[0].scoredTexts == ["[clock]"])
    }

    @Test("without a template conversations stop the run, and text does not")
    func templateMissing() throws {
        let encoder = ExampleEncoder(
            processor: TextProcessor(ScalarEncoder()),
            settings: DataSettings()
        )
        let error = #expect(throws: DataError.Reason.self) {
            try encoder.pair(turns("hi"), answer("yes"), answer("no"))
        }
        #expect(error == .templateMissing(problem: nil))
        #expect(error?.kind == nil)
        let text = PreferenceExample(prompt: .text("p"), chosen: .text("c"), rejected: .text("r"))
        #expect(try encoder.encode(text).promptLength == 2)
    }
}

/// Conversations against TRL and transformers.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConversationConformanceTests {
    @Test("conversations have TRL's token ids and prompt lengths")
    func tokenIDs() throws {
        let folder = try Conformance.file("trajectories/qwen3-chat-sigmoid")
        let dataset = try PreferenceDataset.load(
            [folder.appending(path: "data.jsonl")],
            processor: TextProcessor(folder: Conformance.file("models/qwen3-random-tiny"))
        )
        var goldens = try LineReader(folder.appending(path: "tokens.jsonl"))
        for preference in dataset {
            let golden = try JSONValue(parsing: try #require(try goldens.next()))
            func tokens(_ key: String) throws -> [Int32] {
                try #require(golden[key]?.array).map { Int32(try #require($0.integer)) }
            }
            let prompt = try tokens("prompt_ids")
            #expect(preference.promptLength == prompt.count)
            for (sequence, key) in zip(preference.sequences, ["chosen_ids", "rejected_ids"]) {
                #expect(sequence.tokens == prompt + (try tokens(key)))
                #expect(sequence.scored == [prompt.count..<sequence.tokens.count])
            }
        }
        #expect(dataset.count == 29)
        #expect(try goldens.next() == nil)
    }
}
