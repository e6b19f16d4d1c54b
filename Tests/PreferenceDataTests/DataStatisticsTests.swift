import Foundation
import TestSupport
import Testing

@testable import PreferenceData

/// Statistics of data.
@Suite struct DataStatisticsTests {
    @Test("quantiles are the nearest ranks")
    func quantiles() {
        // Of 1, …, 10 a tenth is at most 1, half at most 5, and 95 % at most 10.
        let distribution = Distribution((1...10).reversed())
        #expect(distribution.quantiles([0, 0.1, 0.11, 0.5, 0.95, 1]) == [1, 1, 2, 5, 10, 10])
        #expect(distribution.mean == 5.5)
        #expect(Distribution([7, 7, 7]).quantile(0.5) == 7)
        #expect(Distribution().quantile(0.5) == 0)
        #expect(Distribution().mean == 0)
    }

    @Test("bins are as wide as a power of two, begin at its multiples, and hold everything")
    func bins() {
        typealias Bin = Distribution.Bin
        // From −3 to 9 in at most four bins: bins of 4, of which one is for −4 to −1.
        #expect(
            Distribution([-3, -1, 0, 3, 4, 9, 9]).bins(atMost: 4)
                == [
                    Bin(range: -4..<0, count: 2), Bin(range: 0..<4, count: 2),
                    Bin(range: 4..<8, count: 1), Bin(range: 8..<12, count: 2),
                ]
        )
        #expect(Distribution([5]).bins(atMost: 16) == [Bin(range: 5..<6, count: 1)])
        #expect(Distribution().bins(atMost: 16) == [])
    }

    @Test("lengths, cuts, padding, prompts and ids are counted as by hand")
    func byHand() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a",
            """
            {"prompt_ids": [1, 2], "chosen_ids": [3, 4, 5], "rejected_ids": [6]}
            {"prompt_ids": [1, 2], "chosen_ids": [0], "rejected_ids": [0, 7]}
            {"prompt_ids": [9], "chosen_ids": [3], "rejected_ids": [\
            \(Array(repeating: "4", count: 600).joined(separator: ", "))]}

            """
        )
        let dataset = try PreferenceDataset.load(
            [file],
            processor: nil,
            settings: DataSettings(maximumLength: 4)
        )
        let statistics = DataStatistics(dataset, maximumLength: 4, unknownToken: 0)
        #expect(statistics.rows == 3)
        #expect(statistics.pairs == 3)
        #expect(statistics.answers == Distribution([2, 2, 2]))
        #expect(statistics.promptLengths == Distribution([2, 2, 1]))
        // The first chosen answer loses 1 of 3, the last rejected one 597 of 600.
        #expect(statistics.chosenLengths == Distribution([2, 1, 1]))
        #expect(statistics.rejectedLengths == Distribution([1, 2, 3]))
        #expect(statistics.sequenceLengths == Distribution([4, 3, 3, 4, 2, 4]))
        #expect(statistics.lengthDifferences == Distribution([1, -1, -2]))
        #expect(statistics.scoredTokens == 10)
        // Before the cut: 5 + 3, 3 + 4, 2 + 601.
        #expect(statistics.uncutTokens == 618)
        #expect(statistics.cuts.map(\.limit) == [4, 512, 1024, 2048, 4096])
        #expect(statistics.cuts.map(\.rows) == [2, 1, 0, 0, 0])
        #expect(statistics.cuts.map(\.tokens) == [598, 89, 0, 0, 0])
        // Six sequences of at most 4 tokens.
        #expect(statistics.paddedTokens == 24)
        #expect(statistics.rowsPerPrompt == Distribution([2, 1]))
        // 1, 2, 3, 4, 6, 0, 7 and 9: 5 was cut off.
        #expect(statistics.distinctTokens == 8)
        #expect(statistics.unknownTokens == 2)
    }
}
