import Testing
import TokenTrees

/// What the layout means, against the definition: a row sees its own sequence's earlier tokens.
@Suite struct AttentionSemanticsTests {
    static let sequenceCounts = [1, 2, 3, 4, 5]

    @Test(
        "every scored token is predicted by a row that sees exactly its own sequence before it",
        arguments: sequenceCounts,
        [true, false]
    )
    func rowsSeeTheirSequence(sequenceCount: Int, sharing: Bool) throws {
        var random = SplitMix64(state: UInt64(sequenceCount))
        for _ in 0..<200 {
            let groups = (0..<3).map { _ in
                (0..<sequenceCount).map { _ in randomSequence(&random) }
            }
            let batch = PackedBatch(groups: groups, sharingPrefixes: sharing)
            let visible = try visibleRows(batch)
            let sequences = groups.flatMap { $0 }
            try #require(batch.sequenceCount == sequences.count)
            for (index, sequence) in sequences.enumerated() {
                let entries = batch.entries(ofSequence: index).map { Int($0) }
                let scored = Array(sequence.scored.joined())
                // Each scored position once, in order…
                try #require(entries.count == scored.count)
                for (entry, position) in zip(entries, scored) {
                    #expect(batch.targets[entry] == sequence.tokens[position])
                    // …by a row whose visible rows are this sequence's tokens before it.
                    let rows = visible[Int(batch.predictors[entry])]
                    #expect(rows.map { batch.tokens[$0] } == Array(sequence.tokens[..<position]))
                    #expect(rows.map { batch.positions[$0] } == Array(0..<Int32(position)))
                }
            }
            // Nothing is there twice, and nothing that no sequence needs.
            let units = sharing ? groups : sequences.map { [$0] }
            #expect(batch.tokens.count == units.reduce(0) { $0 + inputPrefixes($1).count })
            #expect(batch.targets.count == units.reduce(0) { $0 + scoredPrefixes($1).count })
            #expect(
                batch.tokens.count
                    == groups.reduce(0) {
                        $0 + PackedBatch.rowCount(of: $1, sharingPrefixes: sharing)
                    }
            )
        }
    }

    /// Few different tokens and short lengths, so that groups share, nest, repeat, contain each
    /// other, branch off for a single token and end early, many times in 200 draws.
    private func randomSequence(_ random: inout SplitMix64) -> TokenSequence {
        let tokens = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            Int32.random(in: 0..<2, using: &random)
        }
        var scored: [Range<Int>] = []
        var position = 0
        while position < tokens.count {
            let end = Int.random(in: position...tokens.count, using: &random)
            if Bool.random(using: &random) { scored.append(position..<end) }
            position = end + 1
        }
        return TokenSequence(tokens: tokens, scored: scored)
    }

    /// Per row the rows that it sees, itself included, in order of position.
    private func visibleRows(_ batch: PackedBatch) throws -> [[Int]] {
        var visible: [[Int]] = []
        for span in batch.spans {
            try #require(span.rows.lowerBound == visible.count, "spans cover the rows in order")
            try #require(!span.rows.isEmpty)
            for (range, next) in zip(span.context, span.context.dropFirst()) {
                #expect(range.upperBound < next.lowerBound, "ranges in order, none adjacent")
            }
            for row in span.rows {
                visible.append(span.context.flatMap { Array($0) } + (span.rows.lowerBound...row))
            }
        }
        try #require(visible.count == batch.tokens.count)
        return visible
    }

    private func inputPrefixes(_ group: [TokenSequence]) -> Set<[Int32]> {
        Set(
            group.flatMap { sequence in
                (0..<sequence.inputCount).map { Array(sequence.tokens[...$0]) }
            }
        )
    }

    private func scoredPrefixes(_ group: [TokenSequence]) -> Set<[Int32]> {
        Set(
            group.flatMap { sequence in
                sequence.scored.joined().map { Array(sequence.tokens[...$0]) }
            }
        )
    }
}

/// A small generator, so that the drawn groups are the same in every run.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
