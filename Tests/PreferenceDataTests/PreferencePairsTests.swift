import Foundation
import TestSupport
import Testing
import TokenTrees

@testable import PreferenceData

/// Pairs, of a dataset or of one's own.
@Suite struct PreferencePairsTests {
    @Test("a list's pairs are its own, with the bounds of their tokens")
    func list() {
        let pairs = PreferenceStoreTests.preferences[0...1].flatMap(\.pairs)
        let collection = PreferencePairs(pairs)
        #expect(Array(collection) == pairs)
        #expect(collection.tokenBounds == 1...70_000)
        #expect(PreferencePairs([]).tokenBounds == nil)
        #expect(PreferencePairs([]).isEmpty)
    }

    @Test("a dataset's pairs are those of its preferences, one after the other")
    func dataset() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<50).map {
            #"{"prompt_ids": [5, \#($0)], "chosen_ids": [7], "rejected_ids": [8, 9]}"# + "\n"
        }
        let file = try folder.write("a", rows.joined())
        let dataset = try PreferenceDataset.load([file], processor: nil)
        #expect(dataset.count == 50)
        #expect(dataset.pairs.count == 50)
        #expect(Array(dataset.pairs) == dataset.flatMap(\.pairs))
        #expect(dataset.pairs[49].chosen.tokens == [5, 49, 7])
        #expect(dataset.pairs.tokenBounds == 0...49)
        #expect(dataset.row(49) == 49)
    }
}
