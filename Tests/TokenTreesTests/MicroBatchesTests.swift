import Testing
import TokenTrees

@Suite struct MicroBatchesTests {
    @Test("groups are taken in order as long as they fit the limit")
    func cuts() {
        // 3 + 4 fit 8, 2 more would not; 2 + 6 fit exactly.
        #expect(
            PackedBatch.microBatches(rowCounts: [3, 4, 2, 6, 1], tokenLimit: 8)
                == [0..<2, 2..<4, 4..<5]
        )
    }

    @Test("a group larger than the limit is a micro-batch alone")
    func largeGroups() {
        #expect(
            PackedBatch.microBatches(rowCounts: [9, 1, 9, 9, 2], tokenLimit: 8)
                == [0..<1, 1..<2, 2..<3, 3..<4, 4..<5]
        )
        #expect(PackedBatch.microBatches(rowCounts: [20], tokenLimit: 1) == [0..<1])
    }

    @Test("groups without rows belong to a micro-batch too, and no groups make none")
    func emptyGroups() {
        #expect(PackedBatch.microBatches(rowCounts: [0, 0, 8, 0], tokenLimit: 8) == [0..<4])
        #expect(PackedBatch.microBatches(rowCounts: [], tokenLimit: 8).isEmpty)
    }

    @Test("shared rows count once")
    func countsSharedRowsOnce() {
        let pair = [
            TokenSequence(tokens: [10, 11, 12, 20, 21, 22], scored: [3..<6]),
            TokenSequence(tokens: [10, 11, 12, 30, 31], scored: [3..<5]),
        ]
        // Inputs of 5 and 4 tokens, of which 3 are shared.
        #expect(PackedBatch.rowCount(of: pair) == 6)
        #expect(PackedBatch.rowCount(of: pair, sharingPrefixes: false) == 9)
        #expect(PackedBatch.rowCount(of: []) == 0)
        // Of two more inputs behind the shared 3, one is that of the second sequence.
        let third = TokenSequence(tokens: [10, 11, 12, 30, 40, 41], scored: [3..<6])
        #expect(PackedBatch.rowCount(of: third, joining: pair[...]) == 1)
        #expect(PackedBatch.rowCount(of: third, joining: pair[..<1]) == 2)
        #expect(PackedBatch.rowCount(of: third, joining: []) == 5)
    }
}
