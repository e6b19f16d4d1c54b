import Testing
import TokenTrees

@Suite struct TokenSequenceTests {
    @Test("read whole, all its tokens go into the model, those behind the scored ones too")
    func readWhole() {
        var sequence = TokenSequence(tokens: [7, 8, 9, 5], scored: [1..<3])
        #expect(sequence.inputCount == 2)
        sequence.isReadWhole = true
        #expect(sequence.inputCount == 4)
        let batch = PackedBatch(groups: [
            [sequence, TokenSequence(tokens: [7, 6], scored: [1..<2])]
        ])
        #expect(batch.tokens == [7, 8, 9, 5])
        #expect(batch.predictors == [0, 1, 0])
        // The second sequence has its first row in common with the first.
        #expect(batch.sequenceRows == [[0, 1, 2, 3], [0]])
    }

    @Test("position 0 is clipped away, for nothing predicts it")
    func clipsPositionZero() {
        let sequence = TokenSequence(tokens: [5, 6, 7], scored: [0..<3])
        #expect(sequence.scored == [1..<3])
        #expect(sequence.scoredCount == 2)
        #expect(TokenSequence(tokens: [5], scored: [0..<1]).scored.isEmpty)
        #expect(TokenSequence(tokens: [], scored: [0..<0]).scored.isEmpty)
    }

    @Test("empty ranges go and adjacent ones become one, so that equal scoring is equal")
    func normalises() {
        let sequence = TokenSequence(
            tokens: [1, 2, 3, 4, 5, 6],
            scored: [0..<1, 1..<2, 2..<3, 3..<3, 4..<6]
        )
        #expect(sequence.scored == [1..<3, 4..<6])
        #expect(
            sequence == TokenSequence(tokens: [1, 2, 3, 4, 5, 6], scored: [1..<3, 4..<6])
        )
    }

    @Test("the last scored token and what follows it are no input")
    func inputs() {
        #expect(TokenSequence(tokens: [1, 2, 3, 4, 5], scored: [2..<4]).inputCount == 3)
        #expect(TokenSequence(tokens: [1, 2, 3], scored: []).inputCount == 0)
        #expect(TokenSequence(tokens: [1, 2, 3], scored: [2..<3]).inputCount == 2)
    }
}
