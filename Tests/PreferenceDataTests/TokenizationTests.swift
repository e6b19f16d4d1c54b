import PreferenceData
import TestSupport
import Testing
import TokenTrees

@Suite struct TokenizationTests {
    private func load(
        _ rows: String,
        encoder: (any TextEncoder)? = ScalarEncoder(),
        settings: DataSettings = DataSettings()
    ) throws -> PreferenceDataset {
        let folder = try TemporaryFolder()
        return try PreferenceDataset.load(
            [try folder.write("rows.jsonl", rows)],
            processor: encoder.map { TextProcessor($0) },
            settings: settings
        )
    }

    @Test("everything behind the prompt is scored, the end of the text included")
    func scored() throws {
        let dataset = try load(#"{"prompt": "Hi", "chosen": "yes", "rejected": "n"}"#)
        let pair = try #require(dataset.pairs.first)
        // position:         0    1   2   3   4   5  6
        //                   <s>  H   i | y   e   s  </s>
        #expect(pair.chosen.tokens == [1, 72, 105, 121, 101, 115, 2])
        #expect(pair.chosen.scored == [3..<7])
        //                     <s>  H   i | n  </s>
        #expect(pair.rejected.tokens == [1, 72, 105, 110, 2])
        #expect(pair.rejected.scored == [3..<5])
        #expect(pair.promptLength == 3)
        #expect(pair.sequences == [pair.chosen, pair.rejected])
        #expect(pair.source.line == 1)

        let report = dataset.report
        #expect((report.promptTokens, report.chosenTokens, report.rejectedTokens) == (3, 4, 2))
        #expect((report.endOfTextAppended, report.endOfTextMissing) == (2, 0))
        // <s> H i y e s n: the targets that end the answers are no rows.
        #expect((report.modelRows, report.modelRowsWithoutSharing) == (7, 10))
        #expect(report.truncatedPairs == 0)
        #expect(report.boundaryShiftPairs == 0)
    }

    @Test("an answer that ends in the end of the text gets no second one")
    func endOfTextPresent() throws {
        let dataset = try load(#"{"prompt": "p", "chosen": "y</s>", "rejected": "n"}"#)
        #expect(dataset.pairs[0].chosen.tokens == [1] + ids("py") + [2])
        #expect(dataset.pairs[0].rejected.tokens == [1] + ids("pn") + [2])
        #expect(dataset.report.endOfTextAppended == 1)
        #expect(dataset.report.endOfTextMissing == 0)
    }

    @Test("where no end of the text is known or wanted, nothing is appended, and it is counted")
    func noEndOfText() throws {
        let row = #"{"prompt": "p", "chosen": "y</s>", "rejected": "n"}"#
        let unknown = try load(row, encoder: ScalarEncoder(endOfText: nil))
        #expect(unknown.pairs[0].rejected.tokens == [1] + ids("pn"))
        #expect(unknown.report.endOfTextMissing == 2)

        let unwanted = try load(row, settings: DataSettings(appendsEndOfText: false))
        #expect(unwanted.pairs[0].chosen.tokens == [1] + ids("py") + [2])
        #expect(unwanted.pairs[0].rejected.tokens == [1] + ids("pn"))
        #expect(unwanted.report.endOfTextMissing == 1)
    }

    @Test("a token across the boundary belongs to the answers, on both sides")
    func boundary() throws {
        let dataset = try load(#"{"prompt": "xa", "chosen": "bc", "rejected": "d"}"#)
        let pair = dataset.pairs[0]
        // "xa" alone is [1, x, a]; with "bc" its a joins the b, so that [1, x] is the prompt.
        #expect(pair.promptLength == 2)
        #expect(pair.chosen.tokens == [1, 120, 300, 99, 2])
        #expect(pair.chosen.scored == [2..<5])
        #expect(pair.rejected.tokens == [1, 120, 97, 100, 2])
        #expect(pair.rejected.scored == [2..<5])
        #expect(dataset.report.boundaryShiftPairs == 1)
        #expect(dataset.report.boundaryShiftTokens == 1)
    }

    @Test("sequences lose what is beyond the maximum length, each for itself")
    func truncation() throws {
        let dataset = try load(
            #"{"prompt": "pq", "chosen": "abcdef", "rejected": "xy"}"#,
            settings: DataSettings(maximumLength: 6)
        )
        let pair = dataset.pairs[0]
        // <s> p q | ab c d are kept, e f </s> are not, and </s> is not put back.
        #expect(pair.chosen.tokens == [1, 112, 113, 300, 99, 100])
        #expect(pair.chosen.scored == [3..<6])
        // <s> p q | x y </s> just fit.
        #expect(pair.rejected.tokens == [1, 112, 113, 120, 121, 2])
        #expect(dataset.report.truncatedPairs == 1)
        #expect(dataset.report.truncatedSequences == 1)
        #expect(dataset.report.truncatedTokens == 3)
        #expect(dataset.report.chosenTokens == 3)
    }

    @Test("without a prompt and a beginning, the first token of the answers is not scored")
    func noPrompt() throws {
        let dataset = try load(
            #"{"prompt": "", "chosen": "yes", "rejected": "no"}"#,
            encoder: ScalarEncoder(beginning: nil)
        )
        let pair = dataset.pairs[0]
        #expect(pair.promptLength == 0)
        #expect(pair.chosen.tokens == ids("yes") + [2])
        #expect(pair.chosen.scored == [1..<4])
        #expect(dataset.report.pairsWithUnscoredFirst == 1)
    }

    @Test("rows of token ids are taken as they are, and need no tokenizer")
    func tokenRows() throws {
        let dataset = try load(
            #"{"prompt_ids": [5, 6], "chosen_ids": [7, 8, 9], "rejected_ids": [4], "x": null}"#,
            encoder: nil,
            settings: DataSettings(maximumLength: 4)
        )
        let pair = dataset.pairs[0]
        #expect(pair.promptLength == 2)
        #expect(pair.chosen == TokenSequence(tokens: [5, 6, 7, 8], scored: [2..<4]))
        #expect(pair.rejected == TokenSequence(tokens: [5, 6, 4], scored: [2..<3]))
        #expect(dataset.report.tokenRows == 1)
        #expect(dataset.report.truncatedTokens == 1)
        #expect(dataset.report.endOfTextMissing == 0)
    }

    @Test("token ids beside text are taken, the text is not")
    func tokensBesideText() throws {
        let dataset = try load(
            #"{"prompt": "p", "chosen": "c", "rejected": "r", "#
                + #""prompt_ids": [5], "chosen_ids": [6], "rejected_ids": [7]}"#
        )
        #expect(dataset.pairs[0].chosen.tokens == [5, 6])
        // Without all three, they are unknown keys.
        let text = try load(
            #"{"prompt": "p", "chosen": "c", "rejected": "r", "chosen_ids": [6]}"#
        )
        #expect(text.pairs[0].chosen.tokens == [1] + ids("pc") + [2])
    }
}
