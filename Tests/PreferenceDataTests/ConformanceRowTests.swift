import OrderedJSON
import PreferenceData
import TestSupport
import Testing

/// Every row of the conformance material's preference data.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConformanceRowTests {
    /// What all rows of a file say, and how many have which form.
    private func read(
        _ name: String,
        format: DataFormat? = nil,
        columns: ColumnMap = ColumnMap()
    ) throws -> (examples: [PreferenceExample], formats: [DataFormat: Int]) {
        var rows = try RowReader([.path(Conformance.file("prefdata/" + name))])
        let reader = ExampleReader(format: format, columns: columns)
        var examples: [PreferenceExample] = []
        var formats: [DataFormat: Int] = [:]
        while let row = try rows.next() {
            examples.append(try reader.example(row))
            formats[try ExampleReader.format(of: columns.renamed(row.object())), default: 0] += 1
        }
        return (examples, formats)
    }

    private func turns(_ passage: Passage) -> [ChatMessage] {
        if case .messages(let turns) = passage { turns } else { [] }
    }

    private func text(_ passage: Passage) -> String? {
        if case .text(let text) = passage { text } else { nil }
    }

    @Test("rasbt's 1,100 instructions give the text of his notebook")
    func rasbt() throws {
        let (examples, formats) = try read("rasbt_instruction-data-with-preference.json")
        #expect(formats == [.instruction: 1100])
        let prompts = examples.compactMap { text($0.prompt) }
        #expect(prompts.count { !$0.contains("\n\n### Input:\n") } == 775)
        #expect(prompts.allSatisfy { $0.hasSuffix("\n\n### Response:\n") })
        // Counted from 0, as peers do.
        let equal = examples.indices.filter { examples[$0].answers[0] == examples[$0].answers[1] }
        #expect(equal == [122, 226, 400, 566, 628, 676])
        let chats = try read(
            "rasbt_instruction-data-with-preference.json",
            format: .instructionChat
        )
        #expect(turns(chats.examples[0].prompt).map(\.role) == ["user"])
    }

    @Test("LLaMA-Factory's 300 conversations, 80 with a system prompt")
    func shareGPT() throws {
        let (examples, formats) = try read("llamafactory_dpo_en_demo.json")
        #expect(formats == [.sharegpt: 300])
        let prompts = examples.map { turns($0.prompt).map(\.role) }
        #expect(prompts.count { $0 == ["system", "user"] } == 80)
        #expect(prompts.count { $0 == ["user"] } == 114)
        #expect(prompts.allSatisfy { $0.last == "user" })
        #expect(
            examples.allSatisfy {
                $0.answers.map { turns($0).map(\.role) } == [["assistant"], ["assistant"]]
            }
        )
    }

    @Test("LLaMA-Factory's 300 labelled conversations, half of them wanted")
    func labelled() throws {
        let (examples, formats) = try read("llamafactory_kto_en_demo.json")
        #expect(formats == [.unpaired: 300])
        #expect(examples.count { $0.judgement == .labelled(true) } == 150)
        #expect(examples.count { turns($0.prompt).count == 1 } == 223)
        #expect(examples.allSatisfy { turns($0.answers[0]).map(\.role) == ["assistant"] })
    }

    @Test("LLaMA-Factory's ten rows of the second form share all turns but the last")
    func secondForm() throws {
        let (examples, formats) = try read("llamafactory_v1_dpo_demo.jsonl")
        #expect(formats == [.llamaFactoryV1: 10])
        #expect(examples.allSatisfy { turns($0.prompt).map(\.role) == ["system", "user"] })
        #expect(examples.allSatisfy { turns($0.answers[1]).allSatisfy { $0.text != nil } })
    }

    @Test("HH harmless-base has 2,312 rows with implicit prompts")
    func harmless() throws {
        let (examples, formats) = try read("hh-rlhf_harmless-base_test.jsonl.gz")
        #expect(formats == [.text: 2312])
        #expect(examples.allSatisfy { $0.promptIsImplicit })
    }

    @Test("the 113 pairs of stories, whose prompt has another name")
    func stories() throws {
        let (examples, formats) = try read(
            "finetuning-lab_tinystories_preference_pairs.jsonl",
            columns: ColumnMap([("prompt", "request")])
        )
        #expect(formats == [.text: 113])
        #expect(text(examples[0].prompt) == "Tell me a story about a duck named Ducky.")
        #expect(examples.allSatisfy { !$0.promptIsImplicit })
    }

    @Test("conversations with tools become those of chat templates, every turn of them")
    func tools() throws {
        // Rows for supervised training, with answers added to make preferences of them.
        for (name, key, calls) in [
            ("sft_llamafactory_glaive_toolcall_en_demo.json", "conversations", 211),
            ("sft_llamafactory_reason_tool_use_demo_50.jsonl", "messages", 53),
        ] {
            var rows = try RowReader([.path(Conformance.file("prefdata/" + name))])
            var callers = 0
            while let row = try rows.next() {
                var object = try row.object()
                object["label"] = true
                let turns = object[key]?.array ?? []
                let last = turns.last?["from"]?.string ?? turns.last?["role"]?.string
                guard last == "gpt" || last == "assistant" else { continue }
                let example = try ExampleReader().example(object)
                let all = self.turns(example.prompt) + self.turns(example.answers[0])
                callers += all.count { $0.members["tool_calls"] != nil }
                #expect(example.tools?.allSatisfy { $0["type"] == "function" } ?? true)
            }
            #expect(callers == calls)
        }
    }
}
