import Foundation
import TestSupport
import Testing
import TokenTrees

@testable import PreferenceData

@Suite struct PreferenceSizeTests {
    private func dataset(
        _ rows: [String],
        _ processor: TextProcessor? = nil
    ) throws -> PreferenceDataset {
        let folder = try TemporaryFolder()
        let file = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        return try PreferenceDataset.load([file], processor: processor)
    }

    /// Rows and entries of a batch that is laid out.
    private func laidOut(_ preference: Preference, _ layout: BatchLayout) -> PreferenceSize {
        let group = preference.sequences.map {
            var sequence = $0
            sequence.isReadWhole = layout.readsWhole
            return sequence
        }
        let batch = PackedBatch(
            groups: [group],
            sharingPrefixes: layout.sharesPrefixes,
            lengthClass: layout.lengthClass
        )
        var size = PreferenceSize()
        (size.rows, size.entries) = (batch.tokens.count, batch.targets.count)
        return size
    }

    @Test("what lengths say of a pair is what a batch of it has")
    func pairs() throws {
        let layouts = [
            BatchLayout(), BatchLayout(sharesPrefixes: false), BatchLayout(readsWhole: true),
            BatchLayout(lengthClass: { $0 > 5 ? 1 : 0 }),
        ]
        let data = try dataset([
            #"{"prompt_ids": [1, 2, 3], "chosen_ids": [4, 5], "rejected_ids": [6]}"#,
            #"{"prompt_ids": [1], "chosen_ids": [4, 5, 6, 7], "rejected_ids": [4, 5, 8]}"#,
            // One side is the beginning of the other.
            #"{"prompt_ids": [1], "chosen_ids": [4, 5], "rejected_ids": [4, 5, 6, 7, 8]}"#,
        ])
        try #require(data.count == 3)
        for (number, layout) in layouts.enumerated() {
            for (index, preference) in data.enumerated() {
                let size = data.size(index, in: layout)
                #expect(size == laidOut(preference, layout), "layout \(number), pair \(index)")
            }
        }
        // Three of the prompt and the first of the chosen answer, whose second is a target only.
        // The rejected answer's one token is only a target. Two and one are scored.
        let first = data.size(0, in: BatchLayout())
        #expect(first.rows == 4)
        #expect(first.entries == 3)
    }

    @Test("of more answers than two, lengths say the most that a batch can have")
    func rankings() throws {
        let data = try dataset(
            [#"{"prompt": "ab", "completions": ["x1y", "x1z", "w"]}"#],
            TextProcessor(ScalarEncoder())
        )
        let size = data.size(0, in: BatchLayout())
        let exact = laidOut(data[0], BatchLayout())
        #expect(size.rows >= exact.rows)
        #expect(size.entries >= exact.entries)
        // The beginning and "ab", which is one token, then the answers' letters, the last of which
        // predicts the end: 5 + 5 + 3 rows, of which those two are there once; the first two answers
        // share two more.
        #expect(size.rows == 9)
        #expect(exact.rows == 7)
    }
}
