import Foundation
import TestSupport
import Testing

@testable import PreferenceData

@Suite struct PreferenceTraitsTests {
    private func dataset(_ rows: [String]) throws -> PreferenceDataset {
        let folder = try TemporaryFolder()
        let file = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        return try .load([file], processor: nil)
    }

    private let plain = #"{"prompt_ids": [5], "chosen_ids": [2], "rejected_ids": [3]}"#
    private let weighted = """
        {"prompt_ids": [5], "chosen_ids": [2], "rejected_ids": [70001], "weight": 2}
        """
    private let margin = """
        {"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3], "margin": 0.5}
        """

    @Test("the first place of everything notable is known, and the tokens' bounds")
    func notable() throws {
        let traits = PreferenceTraits(
            try dataset([plain, plain, weighted, plain, margin, weighted])
        )
        // 0 compares answers, 2 has the first weight, 4 the first margin.
        #expect(traits.notable == [0, 2, 4])
        #expect(traits.tokenBounds == 1...70001)
    }

    @Test("a file of prepared data knows what reading every preference tells")
    func sameAsReading() throws {
        for rows in [[plain], [plain, margin, weighted], [weighted, plain]] {
            let dataset = try dataset(rows)
            #expect(PreferenceTraits(dataset) == PreferenceTraits(Array(dataset)))
        }
    }

    @Test("labelled answers are told from compared ones")
    func labelled() {
        let source = RowSource(file: "a", line: 1)
        func preference(_ judgement: Judgement) -> Preference {
            Preference(
                sequences: [],
                promptLength: 0,
                judgement: judgement,
                source: source
            )
        }
        let all = [
            Judgement.labelled(true), .labelled(true), .pair, .labelled(false), .labelled(false),
        ]
        let traits = PreferenceTraits(all.map(preference))
        #expect(traits.notable == [0, 2, 3])
        #expect(traits.tokenBounds == nil)
    }
}
