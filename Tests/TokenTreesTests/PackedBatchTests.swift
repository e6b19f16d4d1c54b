import Testing
import TokenTrees

@Suite struct PackedBatchTests {
    @Test("a pair of unequal lengths is one chain through the chosen answer and one branch")
    func pair() {
        let batch = PackedBatch(groups: [
            [
                TokenSequence(tokens: [10, 11, 12, 20, 21, 22], scored: [3..<6]),
                TokenSequence(tokens: [10, 11, 12, 30, 31], scored: [3..<5]),
            ]
        ])
        // row:             0   1   2   3   4   5
        //                  trunk     | chosen | rejected; 22 and 31 are targets only
        #expect(batch.tokens == [10, 11, 12, 20, 21, 30])
        #expect(batch.positions == [0, 1, 2, 3, 4, 3])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<5, context: []),  // trunk and chosen
                AttentionSpan(rows: 5..<6, context: [0..<3]),  // rejected sees the trunk
            ]
        )
        // entry:               0   1   2   3   4
        //                      chosen    | rejected, whose first is predicted by the trunk's end
        #expect(batch.predictors == [2, 3, 4, 2, 5])
        #expect(batch.targets == [20, 21, 22, 30, 31])
        #expect(batch.sequenceEntries == [0, 1, 2, 3, 4])
        #expect(batch.sequenceOffsets == [0, 3, 5])
    }

    @Test("scored tokens that both answers begin with are one entry, which both list")
    func sharedEntries() {
        let batch = PackedBatch(groups: [
            [
                TokenSequence(tokens: [10, 20, 21, 22, 23], scored: [1..<5]),
                TokenSequence(tokens: [10, 20, 21, 33], scored: [1..<4]),
            ]
        ])
        // The rejected answer differs in its last token only, which is a target: no row of its own.
        #expect(batch.tokens == [10, 20, 21, 22])
        #expect(batch.spans == [AttentionSpan(rows: 0..<4, context: [])])
        // entry:                0   1   2   3 | 4 is what rejected adds: row 2 predicts 33 as well
        #expect(batch.predictors == [0, 1, 2, 3, 2])
        #expect(batch.targets == [20, 21, 22, 23, 33])
        #expect(batch.sequenceEntries == [0, 1, 2, 3, 0, 1, 4])
        #expect(batch.sequenceOffsets == [0, 4, 7])
        #expect(batch.entries(ofSequence: 1) == [0, 1, 4])
    }

    @Test("groups lie one after the other and share nothing")
    func groups() {
        let batch = PackedBatch(groups: [
            [TokenSequence(tokens: [10, 20, 21], scored: [1..<3])],
            [
                TokenSequence(tokens: [10, 20, 21], scored: [1..<3]),
                TokenSequence(tokens: [10, 30, 31, 32], scored: [1..<4]),
            ],
        ])
        // row:             0   1 | 2   3 | 4   5
        #expect(batch.tokens == [10, 20, 10, 20, 30, 31])
        #expect(batch.positions == [0, 1, 0, 1, 1, 2])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<2, context: []),
                AttentionSpan(rows: 2..<4, context: []),
                AttentionSpan(rows: 4..<6, context: [2..<3]),
            ]
        )
        // entry:                0   1 | 2   3 | 4   5   6
        #expect(batch.predictors == [0, 1, 2, 3, 2, 4, 5])
        #expect(batch.targets == [20, 21, 20, 21, 30, 31, 32])
        #expect(batch.sequenceEntries == [0, 1, 2, 3, 4, 5, 6])
        #expect(batch.sequenceOffsets == [0, 2, 4, 7])
        #expect(batch.sequenceCount == 3)
    }

    @Test("branches off one chain come from the leaf upwards: depth first, first-given child first")
    func nestedInOneChain() {
        let batch = PackedBatch(groups: [
            [
                TokenSequence(tokens: [1, 2, 3, 4, 9], scored: [2..<5]),
                TokenSequence(tokens: [1, 2, 5, 9], scored: [2..<4]),
                TokenSequence(tokens: [1, 2, 3, 6, 7, 9], scored: [2..<6]),
                TokenSequence(tokens: [1, 8, 9], scored: [2..<3]),
            ]
        ])
        // row:             0  1  2  3 | 4  5 | 6 | 7
        //                  sequence 0 | 2    | 1 | 3
        #expect(batch.tokens == [1, 2, 3, 4, 6, 7, 5, 8])
        #expect(batch.positions == [0, 1, 2, 3, 3, 4, 2, 1])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<4, context: []),
                AttentionSpan(rows: 4..<6, context: [0..<3]),
                AttentionSpan(rows: 6..<7, context: [0..<2]),
                AttentionSpan(rows: 7..<8, context: [0..<1]),
            ]
        )
        // entry:                0  1  2 | 3  4 | 5  6  7 | 8
        #expect(batch.predictors == [1, 2, 3, 1, 6, 2, 4, 5, 7])
        #expect(batch.targets == [3, 4, 9, 5, 9, 6, 7, 9, 9])
        // Sequence 2 shares entry 0, the token 3, with sequence 0.
        #expect(batch.sequenceEntries == [0, 1, 2, 3, 4, 0, 5, 6, 7, 8])
        #expect(batch.sequenceOffsets == [0, 3, 5, 9, 10])
    }

    @Test("a branch off a branch has a context of two ranges")
    func branchOfBranch() {
        let batch = PackedBatch(groups: [
            [
                TokenSequence(tokens: [1, 2, 9], scored: [1..<3]),
                TokenSequence(tokens: [1, 3, 4, 9], scored: [1..<4]),
                TokenSequence(tokens: [1, 3, 5, 9], scored: [1..<4]),
            ]
        ])
        // row:             0  1 | 2  3 | 4
        #expect(batch.tokens == [1, 2, 3, 4, 5])
        #expect(batch.positions == [0, 1, 1, 2, 2])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<2, context: []),
                AttentionSpan(rows: 2..<4, context: [0..<1]),
                AttentionSpan(rows: 4..<5, context: [0..<1, 2..<3]),
            ]
        )
        #expect(batch.spans[2].contextCount == 2)
        // entry:                0  1 | 2  3  4 | 5  6
        #expect(batch.predictors == [0, 1, 0, 2, 3, 2, 4])
        #expect(batch.targets == [2, 9, 3, 4, 9, 5, 9])
        #expect(batch.sequenceEntries == [0, 1, 2, 3, 4, 2, 5, 6])
    }

    @Test("sequences that differ from the first token on are roots of their own")
    func severalRoots() {
        let batch = PackedBatch(groups: [
            [
                TokenSequence(tokens: [1, 2, 3], scored: [1..<3]),
                TokenSequence(tokens: [4, 5], scored: [1..<2]),
            ]
        ])
        #expect(batch.tokens == [1, 2, 4])
        #expect(batch.positions == [0, 1, 0])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<2, context: []), AttentionSpan(rows: 2..<3, context: []),
            ]
        )
    }

    @Test("identical sequences share every row and every entry")
    func identical() {
        let sequence = TokenSequence(tokens: [1, 2, 3, 4], scored: [1..<2, 3..<4])
        let batch = PackedBatch(groups: [[sequence, sequence, sequence]])
        #expect(batch.tokens == [1, 2, 3])
        #expect(batch.spans == [AttentionSpan(rows: 0..<3, context: [])])
        #expect(batch.predictors == [0, 2])
        #expect(batch.targets == [2, 4])
        #expect(batch.sequenceEntries == [0, 1, 0, 1, 0, 1])
    }

    @Test("a sequence that another one continues shares all its rows, in either order")
    func prefixOfAnother() {
        let short = TokenSequence(tokens: [1, 2, 3], scored: [1..<3])
        let long = TokenSequence(tokens: [1, 2, 3, 4, 5], scored: [1..<5])
        for group in [[short, long], [long, short]] {
            let batch = PackedBatch(groups: [group])
            #expect(batch.tokens == [1, 2, 3, 4])
            #expect(batch.spans == [AttentionSpan(rows: 0..<4, context: [])])
            // The short one's last target, 3, is the same entry as the long one's.
            #expect(batch.predictors == [0, 1, 2, 3])
            #expect(batch.targets == [2, 3, 4, 5])
        }
    }

    @Test("what lies behind the last scored token has no rows, and a gap in the scoring does")
    func rowsThatNobodyNeeds() {
        let batch = PackedBatch(groups: [
            [TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], scored: [1..<2, 4..<5])]
        ])
        #expect(batch.tokens == [1, 2, 3, 4])
        #expect(batch.predictors == [0, 3])
        #expect(batch.targets == [2, 5])
    }

    @Test("a sequence with nothing scored has no rows but keeps its number")
    func nothingScored() {
        let empty = TokenSequence(tokens: [1, 2, 3], scored: [])
        let batch = PackedBatch(groups: [
            [empty, TokenSequence(tokens: [1, 2, 3], scored: [2..<3])], [empty], [],
        ])
        #expect(batch.tokens == [1, 2])
        #expect(batch.sequenceOffsets == [0, 0, 1, 1])
        #expect(batch.entries(ofSequence: 0).isEmpty)
        #expect(PackedBatch(groups: []).sequenceOffsets == [0])
        #expect(PackedBatch(groups: [[empty]]).spans.isEmpty)
    }

    @Test("without sharing, each sequence lies alone")
    func withoutSharing() {
        let batch = PackedBatch(
            groups: [
                [
                    TokenSequence(tokens: [10, 11, 20, 21], scored: [2..<4]),
                    TokenSequence(tokens: [10, 11, 30], scored: [2..<3]),
                ]
            ],
            sharingPrefixes: false
        )
        #expect(batch.tokens == [10, 11, 20, 10, 11])
        #expect(batch.positions == [0, 1, 2, 0, 1])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<3, context: []), AttentionSpan(rows: 3..<5, context: []),
            ]
        )
        #expect(batch.predictors == [1, 2, 4])
        #expect(batch.targets == [20, 21, 30])
        #expect(batch.sequenceEntries == [0, 1, 2])
        #expect(batch.sequenceOffsets == [0, 2, 3])
    }

    @Test("sequences share only with those of their class of lengths, and rows know the lengths")
    func lengthClasses() {
        let group = [
            TokenSequence(tokens: [1, 2, 3, 9], scored: [2..<4]),
            TokenSequence(tokens: [1, 2, 4, 5, 9], scored: [2..<5]),
            TokenSequence(tokens: [1, 2, 6], scored: [2..<3]),
        ]
        let batch = PackedBatch(groups: [group]) { $0 > 4 ? 1 : 0 }
        // row:             0  1  2 | 3  4  5  6: the third one ends as a target of row 1.
        #expect(batch.tokens == [1, 2, 3, 1, 2, 4, 5])
        #expect(
            batch.spans == [
                AttentionSpan(rows: 0..<3, context: []), AttentionSpan(rows: 3..<7, context: []),
            ]
        )
        #expect(batch.predictors == [1, 2, 4, 5, 6, 1])
        #expect(batch.sequenceLengths == [3...4, 3...4, 4...4, 5...5, 5...5, 5...5, 5...5])
        #expect(PackedBatch.rowCount(of: group) { $0 > 4 ? 1 : 0 } == 7)
        // One class: two rows are there once.
        #expect(PackedBatch.rowCount(of: group) == 5)
        #expect(
            PackedBatch(groups: [group]).sequenceLengths == [3...5, 3...5, 4...4, 5...5, 5...5]
        )
    }
}
