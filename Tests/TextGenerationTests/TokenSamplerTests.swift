import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import TextGeneration

/// Which tokens may be drawn, and that they are.
@Suite struct TokenSamplerTests {
    /// Quotients and products of float32, once or twice rounded.
    static let tolerance = 1e-6

    @Test(
        "what each step and all together leave of logits is what transformers leaves",
        arguments: ["single", "chained"]
    )
    func golden(group: String) throws {
        let file = Fixtures.textGeneration("sampling.json")
        let cases = try #require(try JSONValue(contentsOf: file)[group]?.array)
        #expect(cases.count > 4)
        for golden in cases {
            let settings = try #require(golden["settings"])
            let tokens = try #require(golden["tokens"]?.array).compactMap(\.integer)
            var logits = try #require(golden["logits"]?.array).compactMap(\.double).map {
                Float($0)
            }
            let expected = try #require(golden["allowed"]?.array).map {
                Float($0.double ?? -.infinity)
            }
            var generation = GenerationSettings()
            generation.samples = true
            generation.repetitionPenalty = settings["repetition_penalty"]?.double ?? 1
            generation.temperature = settings["temperature"]?.double ?? 1
            generation.topK = settings["top_k"]?.integer
            generation.topP = settings["top_p"]?.double ?? 1
            generation.minP = settings["min_p"]?.double ?? 0
            try generation.validate()
            TokenSampler(generation, stream: 0).prepare(&logits, after: tokens.map { Int32($0) })
            expectClose(logits, expected, relative: Self.tolerance)
        }
    }

    @Test("tokens are drawn as often as they are probable, and excluded ones never")
    func frequencies() throws {
        var settings = GenerationSettings()
        settings.samples = true
        settings.topK = 3
        var sampler = TokenSampler(settings, stream: 0)
        // Of 1 : 2 : 5, and one more that top-k excludes.
        let logits = [0, Float(log(2.0)), Float(log(5.0)), -1] as [Float]
        var counts = [Int](repeating: 0, count: 4)
        let draws = 8000
        for _ in 0..<draws { counts[Int(try sampler.next(logits, after: []))] += 1 }
        // Five standard deviations of a share of 8000 draws are at most 5 · √(1/4 / 8000) < 0.028.
        expectClose(
            counts.map { Double($0) / Double(draws) },
            [1.0 / 8, 2.0 / 8, 5.0 / 8, 0],
            absolute: 0.028
        )
        #expect(counts[3] == 0)
    }

    @Test("a seed and a stream give the same tokens always, others give others")
    func seeds() throws {
        func draws(seed: UInt64, stream: Int) throws -> [Int32] {
            var settings = GenerationSettings()
            settings.samples = true
            settings.seed = seed
            var sampler = TokenSampler(settings, stream: stream)
            let logits = [Float](repeating: 0, count: 1000)
            return try (0..<8).map { _ in try sampler.next(logits, after: []) }
        }
        #expect(try draws(seed: 1, stream: 2) == draws(seed: 1, stream: 2))
        // Neither the sum of the two nor their order makes the stream.
        let all = try [(1, 2), (2, 1), (1, 3), (3, 0), (0, 3)].map {
            try draws(seed: UInt64($0), stream: $1)
        }
        #expect(Set(all).count == all.count)
    }

    @Test("without drawing, the first of the most probable tokens is taken, behind the penalty")
    func greedy() throws {
        var settings = GenerationSettings()
        // What does not draw takes no temperature and excludes nothing.
        settings.temperature = 3
        settings.minP = 1
        var sampler = TokenSampler(settings, stream: 0)
        #expect(try sampler.next([1, 3, 3, 2], after: [1]) == 1)
        settings.repetitionPenalty = 2
        sampler = TokenSampler(settings, stream: 0)
        // 3 / 2 falls below 2; and −1 · 2 below −1.5.
        #expect(try sampler.next([1, 3, 2], after: [1, 1]) == 2)
        #expect(try sampler.next([-1, -1.5], after: [0, 99]) == 1)
    }

    @Test(
        "logits that are no numbers are an error",
        arguments: [[.nan, 1], [1, .nan], [.infinity, 1], [-.infinity, -.infinity]] as [[Float]],
        [true, false]
    )
    func notFinite(logits: [Float], samples: Bool) throws {
        var settings = GenerationSettings()
        settings.samples = samples
        settings.topK = 1
        settings.topP = 0.5
        settings.minP = 0.5
        var sampler = TokenSampler(settings, stream: 0)
        #expect(throws: GenerationError.notFinite) { try sampler.next(logits, after: []) }
    }
}
