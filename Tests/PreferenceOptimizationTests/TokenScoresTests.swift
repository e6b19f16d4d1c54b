import Foundation
import PreferenceOptimization
import TestSupport
import Testing
import Torch

@Suite struct TokenScoresTests {
    static let (entries, hidden, vocabulary) = (7, 5, 11)
    /// Rows per chunk: one, a number that does not divide the entries, all, more than all.
    static let chunks = [1, 3, 7, 1000]
    static let targets = [0, 10, 3, 3, 5, 7, 1]

    private func inputs(_ dtype: DType) throws -> (states: Tensor, weight: Tensor, targets: Tensor)
    {
        (
            try .sample([Self.entries, Self.hidden], dtype, seed: 1, scale: 2),
            try .sample([Self.vocabulary, Self.hidden], dtype, seed: 2),
            try Tensor(Self.targets)
        )
    }

    private func scores(
        _ states: Tensor,
        _ weight: Tensor,
        _ targets: Tensor,
        withStatistics: Bool = false,
        chunk: Int = 3
    ) throws -> TokenScores {
        try TokenScores(
            states: states,
            vocabularyWeight: weight,
            targets: targets,
            withStatistics: withStatistics,
            chunkByteCount: chunk * 4 * Self.vocabulary
        )
    }

    /// All logits at once, in float64.
    private func logSoftmax(_ states: Tensor, _ weight: Tensor) throws -> Tensor {
        let logits = try states.to(.float64).linear(weight.to(.float64))
        return try logits - logits.logSumExponential(dimension: 1, keepingDimension: true)
    }

    /// Values and gradients of a weighted sum of log-probabilities.
    private func run(
        _ states: Tensor,
        _ weight: Tensor,
        _ body: (Tensor, Tensor) throws -> Tensor
    ) throws -> (values: [Double], states: Tensor, weight: Tensor) {
        let (states, weight) = (try states.cloned(), try weight.cloned())
        try states.setRequiresGradient(true)
        try weight.setRequiresGradient(true)
        let output = try body(states, weight)
        try (output * Tensor.sample(output.shape, output.dtype, seed: 3)).sum().backward()
        return (
            try output.doubles(), try #require(states.gradient), try #require(weight.gradient)
        )
    }

    @Test(
        "values and gradients are those of the full log-softmax, whatever the chunks",
        arguments: [
            (DType.float64, Tolerance.float32), (.float32, Tolerance.float32),
            (.bfloat16, Tolerance.bfloat16),
        ],
        chunks
    )
    func logProbabilities(dtype: (DType, Double), chunk: Int) throws {
        let (dtype, tolerance) = dtype
        let (states, weight, targets) = try inputs(dtype)
        let actual = try run(states, weight) {
            try scores($0, $1, targets, chunk: chunk).logProbabilities
        }
        let expected = try run(states.to(.float64), weight.to(.float64)) {
            try logSoftmax($0, $1).gathered(at: targets.expanded(at: 1), dimension: 1).squeezed(1)
        }
        expectClose(actual.values, expected.values, absolute: tolerance, relative: tolerance)
        #expect(actual.states.dtype == dtype)
        #expect(actual.weight.dtype == dtype)
        expectClose(
            try actual.states.doubles(),
            try expected.states.doubles(),
            absolute: tolerance
        )
        expectClose(
            try actual.weight.doubles(),
            try expected.weight.doubles(),
            absolute: tolerance
        )
    }

    @Test(
        "with a cap, values, statistics and gradients are those of capped logits",
        arguments: [
            (DType.float64, Tolerance.float32), (.float32, Tolerance.float32),
            (.bfloat16, Tolerance.bfloat16),
        ],
        chunks
    )
    func softCap(dtype: (DType, Double), chunk: Int) throws {
        let (dtype, tolerance) = dtype
        let (states, weight, targets) = try inputs(dtype)
        // Logits reach 3 and more.
        let cap = 2.0
        func capped(_ states: Tensor, _ weight: Tensor) throws -> Tensor {
            try (states.linear(weight) / cap).hyperbolicTangent() * cap
        }
        var statistics: Tensor?
        let actual = try run(states, weight) {
            let scores = try TokenScores(
                states: $0,
                vocabularyWeight: $1,
                targets: targets,
                softCap: cap,
                withStatistics: true,
                chunkByteCount: chunk * 4 * Self.vocabulary
            )
            statistics = scores.statistics
            return scores.logProbabilities
        }
        let expected = try run(states.to(.float64), weight.to(.float64)) {
            let logits = try capped($0, $1)
            let logProbabilities =
                try logits - logits.logSumExponential(dimension: 1, keepingDimension: true)
            return try logProbabilities.gathered(at: targets.expanded(at: 1), dimension: 1)
                .squeezed(1)
        }
        expectClose(actual.values, expected.values, absolute: tolerance, relative: tolerance)
        expectClose(
            try actual.states.doubles(),
            try expected.states.doubles(),
            absolute: tolerance
        )
        expectClose(
            try actual.weight.doubles(),
            try expected.weight.doubles(),
            absolute: tolerance
        )
        expectClose(
            try #require(statistics).narrowed(1..<2, dimension: 1).doubles(),
            try capped(states.to(.float64), weight.to(.float64)).mean(dimensions: [1]).doubles(),
            absolute: tolerance
        )
    }

    @Test("chunks change nothing but the order of sums")
    func chunksAgree() throws {
        let (states, weight, targets) = try inputs(.float32)
        let runs = try Self.chunks.map { chunk in
            try run(states, weight) {
                try scores($0, $1, targets, chunk: chunk).logProbabilities
            }
        }
        for run in runs {
            expectClose(run.values, runs[0].values, absolute: 1e-6)
            expectClose(
                try run.weight.doubles(),
                try runs[0].weight.doubles(),
                absolute: 1e-6
            )
        }
    }

    @Test("entropy, mean logit and hit are those of their formulas", arguments: chunks)
    func statistics(chunk: Int) throws {
        let (states, weight, targets) = try inputs(.float32)
        let scores = try scores(states, weight, targets, withStatistics: true, chunk: chunk)
        let logits = try states.to(.float64).linear(weight.to(.float64)).doubles()
        var expected: [Double] = []
        for row in 0..<Self.entries {
            let row = (row, logits[(row * Self.vocabulary)..<((row + 1) * Self.vocabulary)])
            let total = row.1.reduce(0) { $0 + exp($1) }
            let probabilities = row.1.map { exp($0) / total }
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }
            expected += [
                probabilities.reduce(0) { $0 - $1 * log($1) },
                row.1.reduce(0, +) / Double(Self.vocabulary),
                best == Self.targets[row.0] ? 1 : 0,
            ]
        }
        let statistics = try #require(scores.statistics)
        #expect(statistics.shape == [Self.entries, 3])
        #expect(!statistics.requiresGradient)
        expectClose(try statistics.doubles(), expected, absolute: Tolerance.float32)
    }

    @Test("the most probable token is a hit, and equal logits have the entropy of a fair die")
    func statisticsByHand() throws {
        // Row 0: logits 9 at token 4, else 0. Row 1: all logits 0.
        let states = try Tensor([9, 0] as [Float], shape: [2, 1])
        let weight = try Tensor((0..<11).map { $0 == 4 ? 1 : 0 } as [Float], shape: [11, 1])
        let scores = try TokenScores(
            states: states,
            vocabularyWeight: weight,
            targets: Tensor([4, 4]),
            withStatistics: true
        )
        let statistics = try #require(scores.statistics).doubles()
        expectClose(statistics[1], 9.0 / 11, absolute: Tolerance.float32)
        #expect(statistics[2] == 1)
        let fair: Double = log(11)
        expectClose(statistics[3], fair, absolute: Tolerance.float32)
        #expect(statistics[4] == 0)
        // Of several equally probable tokens, the first counts as the best.
        #expect(statistics[5] == 0)
        #expect(try scores.logProbabilities.doubles()[0] > -0.002)
    }

    @Test("statistics are made only where they are asked for")
    func withoutStatistics() throws {
        let (states, weight, targets) = try inputs(.float32)
        #expect(try scores(states, weight, targets).statistics == nil)
    }

    @Test("frozen inputs get no gradient, the others the same one")
    func frozen() throws {
        let (states, weight, targets) = try inputs(.float32)
        let both = try run(states, weight) { try scores($0, $1, targets).logProbabilities }
        let leaf = try states.cloned()
        try leaf.setRequiresGradient(true)
        let output = try scores(leaf, weight, targets).logProbabilities
        try (output * Tensor.sample(output.shape, .float32, seed: 3)).sum().backward()
        #expect(try #require(leaf.gradient).isEqual(to: both.states))
        #expect(weight.gradient == nil)
    }

    @Test("large logits do not overflow")
    func large() throws {
        let scores = try TokenScores(
            states: Tensor([1] as [Float], shape: [1, 1]),
            vocabularyWeight: Tensor([1e4, -1e4, 0] as [Float], shape: [3, 1]),
            targets: Tensor([1]),
            withStatistics: true
        )
        #expect(try scores.logProbabilities.doubles() == [-2e4])
        #expect(try #require(scores.statistics).doubles() == [0, 0, 0])
    }

    @Test("no entries have no scores, and gradients of zero")
    func empty() throws {
        let weight = try Tensor.sample([11, 5], .float32, seed: 2)
        try weight.setRequiresGradient(true)
        let scores = try TokenScores(
            states: Tensor.empty([0, 5], .float32),
            vocabularyWeight: weight,
            targets: Tensor([] as [Int]),
            withStatistics: true
        )
        #expect(scores.logProbabilities.shape == [0])
        #expect(scores.statistics?.shape == [0, 3])
        try scores.logProbabilities.sum().backward()
        #expect(try #require(weight.gradient).doubles().allSatisfy { $0 == 0 })
    }

    @Test("a target outside the vocabulary is an error", arguments: [11, -1])
    func outside(target: Int) throws {
        #expect(throws: TorchError.self) {
            try TokenScores(
                states: Tensor.sample([1, 5], .float32, seed: 1),
                vocabularyWeight: Tensor.sample([11, 5], .float32, seed: 2),
                targets: Tensor([target]),
                withStatistics: false
            )
        }
    }
}
