import Testing
import TokenTrees

@Suite struct MicroBatchesTests {
    @Test("groups that begin alike become one, in which what they begin with is there once")
    func joined() {
        func sequence(_ tokens: [Int32]) -> TokenSequence {
            TokenSequence(tokens: tokens, scored: [3..<5])
        }
        let groups = [
            [sequence([1, 2, 10, 20, 21]), sequence([1, 2, 10, 30, 31])],
            [sequence([1, 2, 11, 40, 41]), sequence([1, 2, 11, 50, 51])],
        ]
        let joined = PackedBatch.joinedWhereAlike(groups)
        #expect(joined == [groups[0] + groups[1]])
        let batch = PackedBatch(groups: joined)
        // row:             0  1   2   3 |  4 |  5   6 |  7
        //                  both | first prompt | second prompt
        #expect(batch.tokens == [1, 2, 10, 20, 30, 11, 40, 50])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<4, context: []),
                AttentionSpan(rows: 4..<5, context: [0..<3]),
                AttentionSpan(rows: 5..<7, context: [0..<2]),
                AttentionSpan(rows: 7..<8, context: [0..<2, 5..<6]),
            ]
        )
        #expect(batch.predictors == [2, 3, 2, 4, 5, 6, 5, 7])
        #expect(batch.targets == [20, 21, 30, 31, 40, 41, 50, 51])
        #expect(batch.sequenceOffsets == [0, 2, 4, 6, 8])
        // Sequences of unlike lengths may not share anything with some models.
        let longer = groups + [[sequence([1, 2, 12, 60, 61, 62])]]
        #expect(PackedBatch.joinedWhereAlike(longer).count == 1)
        let unlike = [longer[0], longer[2]]
        #expect(PackedBatch.joinedWhereAlike(unlike) { $0 } == unlike)
        #expect(PackedBatch.joinedWhereAlike([]) == [])
    }

    @Test("groups stay apart where one tree would save less than a sixteenth", arguments: [8, 9])
    func worthIt(length: Int) {
        // Two of so many rows, of which the first is the same: 1 of 16, and 1 of 18.
        let groups = [Int32(100), 200].map { first in
            let tokens = [1] + (0..<Int32(length)).map { first + $0 }
            return [TokenSequence(tokens: tokens, scored: [length..<length + 1])]
        }
        #expect(PackedBatch.joinedWhereAlike(groups).count == (length == 8 ? 1 : 2))
    }

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
