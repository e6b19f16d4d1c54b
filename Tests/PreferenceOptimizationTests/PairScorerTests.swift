import Files
import Foundation
import LanguageModels
import OrderedJSON
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
import TokenTrees

@Suite struct PairScorerTests {
    private func scores(_ scorer: PairScorer, _ pairs: [PreferencePair]) throws -> [PairScore] {
        var scores: [PairScore] = []
        try scorer.score(pairs) { scores.append($1) }
        return scores
    }

    @Test("pairs come in their order with one number per scored token, whatever the batches")
    func order() throws {
        let model = try TinyModels().reference
        let expected = try scores(PairScorer(model: model), samplePairs)
        #expect(expected.map(\.source) == samplePairs.map(\.source))
        for limit in [1, 50] {
            let scorer = PairScorer(model: model, microBatchTokens: limit)
            let actual = try scores(scorer, samplePairs)
            for (actual, expected) in zip(actual, expected) {
                #expect(actual.source == expected.source)
                expectClose(
                    actual.chosen.logProbabilities,
                    expected.chosen.logProbabilities,
                    absolute: Tolerance.order
                )
                expectClose(
                    actual.rejected.logProbabilities,
                    expected.rejected.logProbabilities,
                    absolute: Tolerance.order
                )
            }
        }
        for (score, pair) in zip(expected, samplePairs) {
            #expect(score.chosen.logProbabilities.count == pair.chosen.scoredCount)
            #expect(score.rejected.logProbabilities.count == pair.rejected.scoredCount)
        }
    }

    @Test("against a reference, ratios are differences of sums, and the margin theirs")
    func reference() throws {
        let model = try TinyModels().reference
        let other = try ModelFolder(Fixtures.llama("llama-tiny/reference"))
            .load(.init(isTrained: false))
        let both = try scores(PairScorer(model: model, reference: other), samplePairs)
        let models = try scores(PairScorer(model: model), samplePairs)
        let others = try scores(PairScorer(model: other), samplePairs)
        for ((both, model), other) in zip(zip(both, models), others) {
            expectClose(both.chosen.sum, model.chosen.sum, absolute: Tolerance.order)
            let chosen = model.chosen.sum - other.chosen.sum
            let rejected = model.rejected.sum - other.rejected.sum
            expectClose(try #require(both.chosen.logRatio), chosen, absolute: Tolerance.order)
            expectClose(try #require(both.rejected.logRatio), rejected, absolute: Tolerance.order)
            expectClose(
                try #require(both.logRatioMargin),
                chosen - rejected,
                absolute: Tolerance.order
            )
            #expect(model.chosen.logRatio == nil)
            #expect(model.logRatioMargin == nil)
        }
    }

    @Test(
        "where positions depend on a sequence's length, its neighbours do not matter",
        arguments: ["llama-dynamic", "phi3-longrope"]
    )
    func lengthClasses(name: String) throws {
        let model = try ModelFolder(Fixtures.model(name)).load(.init(isTrained: false))
        // The models know 61 tokens; their positions change beyond 8.
        let pairs = samplePairs.map { pair in
            var pair = pair
            for side in [\PreferencePair.chosen, \.rejected] {
                let sequence = pair[keyPath: side]
                pair[keyPath: side] = TokenSequence(
                    tokens: sequence.tokens.map { $0 % 61 },
                    scored: sequence.scored
                )
            }
            return pair
        }
        let lengths = pairs.map { pair in pair.sequences.map { $0.tokens.count > 8 } }
        #expect(lengths.contains([true, false]) && lengths.contains([false, true]))
        let together = try scores(PairScorer(model: model, reference: model), pairs)
        for (score, pair) in zip(together, pairs) {
            for (side, sequence) in [(score.chosen, pair.chosen), (score.rejected, pair.rejected)] {
                expectClose(
                    side.logProbabilities.map(Double.init),
                    try SequenceScores(model, PackedBatch(groups: [[sequence]]))
                        .logProbabilities.doubles(),
                    absolute: Tolerance.order
                )
            }
        }
    }

    @Test("against itself every ratio is 0")
    func itself() throws {
        let model = try TinyModels().reference
        for score in try scores(PairScorer(model: model, reference: model), samplePairs) {
            #expect(score.logRatioMargin == 0)
        }
    }

    @Test("nothing to score calls nobody, and an error of the caller comes out")
    func ends() throws {
        struct Full: Error {}
        let scorer = PairScorer(model: try TinyModels().reference)
        #expect(try scores(scorer, []).isEmpty)
        var calls = 0
        #expect(throws: Full.self) {
            try scorer.score(samplePairs) { _, _ in
                calls += 1
                throw Full()
            }
        }
        #expect(calls == 1)
    }

    @Test("a token that the model does not know is an error")
    func unknownToken() throws {
        var stranger = samplePairs[0]
        stranger.chosen = TokenSequence(tokens: [1, 200, 3], scored: [1..<3])
        #expect(throws: ModelError.self) {
            try PairScorer(model: TinyModels().reference).score([stranger]) { _, _ in }
        }
    }

    @Test(
        "log-probabilities of pretrained models are those of transformers",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)"),
        arguments: ["stories260K", "TinyStories-656K", "storybyte-nano-gpt2"]
    )
    func golden(name: String) throws {
        let rows = try Self.rows(Conformance.file("goldens/models/\(name).jsonl"))
        let model = try ModelFolder(Conformance.file("models/\(name)"))
            .load(.init(isTrained: false))
        let pairs = try rows.enumerated().map { index, row in
            let prompt = try row.tokens("prompt_ids")
            let sequences = try ["chosen_ids", "rejected_ids"].map { key in
                let tokens = prompt + (try row.tokens(key))
                return TokenSequence(tokens: tokens, scored: [prompt.count..<tokens.count])
            }
            return PreferencePair(
                chosen: sequences[0],
                rejected: sequences[1],
                promptLength: prompt.count,
                source: RowSource(file: name, line: index + 1)
            )
        }
        #expect(pairs.count == 16)
        let scores = try scores(PairScorer(model: model, microBatchTokens: 2000), pairs)
        for (score, row) in zip(scores, rows) {
            for (side, key) in [(score.chosen, "chosen"), (score.rejected, "rejected")] {
                // Some layers in float32 against float64: seen up to 1.4e-5.
                expectClose(
                    side.logProbabilities,
                    try row.numbers("\(key)_logps"),
                    absolute: 1e-4
                )
                expectClose(
                    side.sum,
                    try #require(row["\(key)_sum"]?.double),
                    absolute: 1e-3
                )
            }
        }
    }

    static func rows(_ url: URL) throws -> [JSONValue] {
        var reader = try LineReader(url)
        var rows: [JSONValue] = []
        while let line = try reader.next() { rows.append(try JSONValue(parsing: line)) }
        return rows
    }
}

extension JSONValue {
    /// The token ids of a key.
    func tokens(_ key: String) throws -> [Int32] {
        try #require(self[key]?.array).map { Int32(try #require($0.integer)) }
    }

    /// The numbers of a key.
    func numbers(_ key: String) throws -> [Double] {
        try #require(self[key]?.array).map { try #require($0.double) }
    }
}
