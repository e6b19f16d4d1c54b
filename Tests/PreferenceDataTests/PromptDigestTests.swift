import Foundation
import TestSupport
import Testing
import TokenTrees

@testable import PreferenceData

/// What tells prompts apart by their tokens.
@Suite struct PromptDigestTests {
    private static let rows = [
        #"{"prompt_ids": [1, 2], "chosen_ids": [3], "rejected_ids": [4, 5]}"#,
        // The same prompt, in a row whose ids need four bytes.
        #"{"prompt_ids": [1, 2], "chosen_ids": [70000], "rejected_ids": [4]}"#,
        #"{"prompt_ids": [1], "chosen_ids": [2, 3], "rejected_ids": [2, 4]}"#,
        #"{"prompt_ids": [70001], "chosen_ids": [2], "rejected_ids": [3]}"#,
        // The lower half of the id before.
        #"{"prompt_ids": [4465], "chosen_ids": [2], "rejected_ids": [3]}"#,
        #"{"prompt_ids": [1, 2], "chosen_ids": [3], "rejected_ids": [9]}"#,
    ]

    private static func dataset() throws -> PreferenceDataset {
        let folder = try TemporaryFolder()
        let file = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        return try PreferenceDataset.load([file], processor: nil)
    }

    private static func rows(_ prompts: RowsByPrompt) -> [[Int]] {
        (0..<prompts.count).map { Array(prompts[$0]) }
    }

    @Test("rows of one prompt are found without decoding them, whatever their answers")
    func stored() throws {
        let dataset = try Self.dataset()
        #expect(Self.rows(RowsByPrompt(dataset)) == [[0, 1, 5], [2], [3], [4]])
        #expect(
            dataset.indices.map(dataset.promptDigest) == dataset.map { $0.promptDigest }
        )
    }

    @Test("those of a list and of a part of a dataset are found as well")
    func others() throws {
        let dataset = try Self.dataset()
        #expect(Self.rows(RowsByPrompt(Array(dataset))) == [[0, 1, 5], [2], [3], [4]])
        let part = PreferenceSubset(dataset, [1, 3, 5])
        #expect(Self.rows(RowsByPrompt(part)) == [[0, 2], [1]])
        #expect(Self.rows(RowsByPrompt(Array(dataset)[1...])) == [[0, 4], [1], [2], [3]])
    }

    @Test("rows without a prompt do not share one")
    func empty() {
        let sequence = TokenSequence(tokens: [1, 2], scored: [1..<2])
        let row = Preference(
            sequences: [sequence],
            promptLength: 0,
            judgement: .labelled(true),
            source: RowSource(file: "a", line: 1)
        )
        #expect(row.promptDigest == nil)
        #expect(Self.rows(RowsByPrompt([row, row])) == [[0], [1]])
    }
}
