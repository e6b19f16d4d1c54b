import ChatTemplates
import PreferenceData
import TestSupport
import Testing
import TokenTrees

/// Sequences that are too long.
@Suite struct TruncationTests {
    /// Rows of token ids: the prompt is 1…promptLength, answers count from 101, 201 and so on.
    private func example(prompt: Int, answers: Int..., scored: ScoredTokens = .answer) throws
        -> EncodedExample
    {
        let encoder = ExampleEncoder(processor: nil, settings: DataSettings(scoredTokens: scored))
        return try encoder.encode(
            PreferenceExample(
                prompt: .tokens((1...Int32(prompt)).map { $0 }),
                answers: answers.enumerated().map { index, count in
                    .tokens((1...Int32(count)).map { Int32(index + 1) * 100 + $0 })
                },
                judgement: .ranked(Array(answers.indices))
            )
        )
    }

    @Test("a demonstration that loses its last turn shows the earlier ones, where they are scored")
    func earlierTurns() throws {
        let processor = TextProcessor(
            ScalarEncoder(beginning: nil, joins: false),
            template: try ChatTemplate(plainTemplate)
        )
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.jsonl",
            #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, "#
                + #"{"role": "user", "content": "r"}, {"role": "assistant", "content": "b"}]}"#
        )
        // "<user>q</s>" is 8 tokens, "<assistant>a</s>" 13 of which the last 2 are scored.
        func load(_ length: Int, _ scored: ScoredTokens) throws -> Preference {
            try PreferenceDataset.load(
                [file],
                processor: processor,
                settings: DataSettings(
                    maximumLength: length,
                    scoredTokens: scored,
                    format: .demonstrations
                )
            )[0]
        }
        let whole = try load(42, .assistant)
        #expect(whole.sequences[0].scored == [19..<21, 40..<42])
        #expect(whole.promptLength == 40)
        let cut = try load(30, .assistant)
        #expect(cut.sequences[0].tokens == Array(whole.sequences[0].tokens.prefix(30)))
        #expect(cut.sequences[0].scored == [19..<21])
        #expect(cut.promptLength == 30)
        for (length, scored) in [(30, ScoredTokens.answer), (15, .assistant)] {
            let error = #expect(throws: DataError.self) { try load(length, scored) }
            #expect(error?.reason == .promptTooLong(tokens: 40, limit: length))
        }
    }

    @Test("keep-start cuts each sequence's end")
    func keepStart() throws {
        let cut = try example(prompt: 3, answers: 4, 1).truncated(to: 5, .keepStart, keeping: [])
        #expect(cut.sequences[0].tokens == [1, 2, 3, 101, 102])
        #expect(cut.sequences[0].scored == [3..<5])
        #expect(cut.sequences[0].cutAnswerTokens == 2)
        #expect(cut.sequences[0].cutPromptTokens == 0)
        #expect(cut.sequences[0].lostItsEnd)
        #expect(cut.sequences[1].tokens == [1, 2, 3, 201])
        #expect(!cut.sequences[1].lostItsEnd)
        #expect(cut.promptLength == 3)
    }

    @Test("keep-end cuts each sequence's beginning, and with it what they share")
    func keepEnd() throws {
        let cut = try example(prompt: 3, answers: 4, 2).truncated(to: 5, .keepEnd, keeping: [1])
        #expect(cut.sequences[0].tokens == [3, 101, 102, 103, 104])
        #expect(cut.sequences[0].scored == [1..<5])
        #expect(cut.sequences[1].tokens == [1, 2, 3, 201, 202])
        #expect(cut.sequences[0].cutPromptTokens == 2)
        #expect(!cut.sequences[0].lostItsEnd)
        #expect(cut.promptLength == 0)
        // Where all lose alike, they go on sharing the rest.
        let alike = try example(prompt: 3, answers: 3, 3).truncated(to: 5, .keepEnd, keeping: [])
        #expect(alike.promptLength == 2)
        // An answer that is longer than the limit loses its beginning.
        let long = try example(prompt: 3, answers: 7, 1).truncated(to: 5, .keepEnd, keeping: [])
        #expect(long.sequences[0].tokens == [103, 104, 105, 106, 107])
        #expect(long.sequences[0].scored == [0..<5])
        #expect(long.sequences[0].cutPromptTokens == 3)
        #expect(long.sequences[0].cutAnswerTokens == 2)
    }

    @Test("answer-aware cuts the prompt's beginning, for all sides alike")
    func answerAware() throws {
        let cut = try example(prompt: 5, answers: 3, 1)
            .truncated(to: 6, .answerAware, keeping: [])
        #expect(cut.sequences[0].tokens == [3, 4, 5, 101, 102, 103])
        #expect(cut.sequences[1].tokens == [3, 4, 5, 201])
        #expect(cut.sequences.map(\.scored) == [[3..<6], [3..<4]])
        #expect(cut.promptLength == 3)
        #expect(cut.sequences.map(\.cutPromptTokens) == [2, 2])
        #expect(cut.sequences.map(\.cutAnswerTokens) == [0, 0])
    }

    @Test("answer-aware keeps what begins every text, or one token, and then cuts answers")
    func answerAwareLimits() throws {
        let beginning = try example(prompt: 5, answers: 3, 1)
            .truncated(to: 6, .answerAware, keeping: [1, 9])
        #expect(beginning.sequences[0].tokens == [1, 4, 5, 101, 102, 103])
        let bare = try example(prompt: 5, answers: 3, 1)
            .truncated(to: 2, .answerAware, keeping: [1])
        #expect(bare.sequences.map(\.tokens) == [[1, 101], [1, 201]])
        #expect(bare.sequences.map(\.lostItsEnd) == [true, false])
        let one = try example(prompt: 5, answers: 3, 1)
            .truncated(to: 3, .answerAware, keeping: [])
        #expect(one.sequences.map(\.tokens) == [[5, 101, 102], [5, 201]])
        #expect(one.sequences.map(\.scored) == [[1..<3], [1..<2]])
    }

    @Test("a token of the prompt that follows another one than before is not scored")
    func seam() throws {
        let cut = try example(prompt: 5, answers: 2, 1, scored: .all)
            .truncated(to: 5, .answerAware, keeping: [1])
        // 1 | 4 5 101 102: 4 now follows 1.
        #expect(cut.sequences[0].tokens == [1, 4, 5, 101, 102])
        #expect(cut.sequences[0].scored == [2..<5])
    }

    @Test(
        "whatever is cut, a scored token was scored before, and its own",
        arguments: Truncation.allCases
    )
    func properties(truncation: Truncation) throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let counts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                Int.random(in: 1...9, using: &generator)
            }
            let prompt = Int.random(in: 1...9, using: &generator)
            var whole = try example(prompt: prompt, answers: 1)
            whole.sequences = counts.enumerated().map { index, count in
                let tokens: [Int32] =
                    (1...Int32(prompt)).map { $0 }
                    + (1...Int32(count)).map { Int32(index + 1) * 100 + $0 }
                let places = tokens.indices.filter { _ in Bool.random(using: &generator) }
                return .init(tokens: tokens, scored: places.map { $0..<($0 + 1) })
            }
            let limit = Int.random(in: 2...20, using: &generator)
            let beginning: [Int32] = [[], [1], [1, 2]].randomElement(using: &generator) ?? []
            let cut = whole.truncated(to: limit, truncation, keeping: beginning)
            for (before, after) in zip(whole.sequences, cut.sequences) {
                #expect(after.tokens.count <= limit)
                // Token ids of a sequence are all different here, so they tell where they were.
                let scored = Set(before.scored.joined().map { before.tokens[$0] })
                #expect(after.scored.joined().allSatisfy { scored.contains(after.tokens[$0]) })
                let lost = before.tokens.count - after.tokens.count
                #expect(after.cutPromptTokens + after.cutAnswerTokens == lost)
                #expect(after.lostItsEnd == (after.tokens.last != before.tokens.last))
                if before.tokens.count <= limit, truncation != .answerAware {
                    #expect(after == before)
                }
                #expect(
                    after.tokens.prefix(cut.promptLength)
                        == cut.sequences[0].tokens.prefix(cut.promptLength)
                )
            }
            if whole.sequences.allSatisfy({ $0.tokens.count <= limit }) { #expect(cut == whole) }
        }
    }

    private func load(_ row: String, _ settings: DataSettings) throws -> PreferenceDataset {
        let folder = try TemporaryFolder()
        return try PreferenceDataset.load(
            [try folder.write("rows.jsonl", row)],
            processor: TextProcessor(ScalarEncoder()),
            settings: settings
        )
    }

    @Test("the report counts what was cut of prompts and of answers, and lost ends")
    func report() throws {
        let row = #"{"prompt": "pqrs", "chosen": "abcdef", "rejected": "x"}"#
        // <s> p q r s | ab c d e f </s> and <s> p q r s | x </s>
        let aware = try load(row, DataSettings(maximumLength: 9, truncation: .answerAware))
        #expect(aware.pairs[0].chosen.tokens == [1] + ids("rs") + [300] + ids("cdef") + [2])
        #expect(aware.pairs[0].rejected.tokens == [1] + ids("rsx") + [2])
        #expect(aware.pairs[0].promptLength == 3)
        #expect(aware.report.truncatedPromptTokens == 4)
        #expect(aware.report.truncatedAnswerTokens == 0)
        #expect(aware.report.truncatedAnswerEnds == 0)
        #expect(aware.report.promptTokens == 3)
        let end = try load(row, DataSettings(maximumLength: 9, truncation: .keepEnd))
        #expect(end.pairs[0].chosen.tokens == ids("qrs") + [300] + ids("cdef") + [2])
        #expect(end.pairs[0].promptLength == 0)
        #expect(end.report.truncatedPromptTokens == 2)
        #expect((end.report.chosenTokens, end.report.rejectedTokens) == (6, 2))
        #expect(end.report.pairsWithUnscoredFirst == 0)
        #expect(
            end.report.description.contains(
                "cut at the maximum length: 1 sequence of 1 pair, 2 tokens lost (2 of prompts, 0 of "
                    + "answers); 0 answers lost the end"
            )
        )
        let none = try load(row, DataSettings(maximumLength: nil))
        #expect(none.pairs[0].chosen.tokens.count == 11)
    }

    @Test("a prompt may be longer than the limit where it is the prompt that is cut")
    func longPrompt() throws {
        let row = #"{"prompt": "pqrstuvw", "chosen": "x", "rejected": "y"}"#
        for truncation in [Truncation.keepEnd, .answerAware] {
            let dataset = try load(row, DataSettings(maximumLength: 4, truncation: truncation))
            #expect(dataset.pairs[0].chosen.tokens.suffix(2) == ids("x") + [2])
        }
        let error = #expect(throws: DataError.self) {
            try load(row, DataSettings(maximumLength: 4))
        }
        #expect(error?.reason == .promptTooLong(tokens: 9, limit: 4))
    }

    @Test("answers that are the same in what is left are told, whatever is cut")
    func equal() throws {
        let row = #"{"prompt": "p", "chosen": "wabc", "rejected": "vabc"}"#
        let error = #expect(throws: DataError.self) {
            try load(row, DataSettings(maximumLength: 3, truncation: .keepEnd))
        }
        #expect(error?.reason == .equalAfterTruncation(limit: 3))
    }
}
