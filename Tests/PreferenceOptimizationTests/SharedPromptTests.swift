import Foundation
import LanguageModels
import Objectives
import PreferenceData
import RunReports
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import PreferenceOptimization

/// Training on preferences that have prompts and answers in common.
@Suite struct SharedPromptTests {
    /// Answers of two to seven tokens to a prompt of its own; the second begins as the first.
    static func answers(
        _ prompt: Int,
        count: Int,
        vocabularySize: Int = 97
    ) -> (sequences: [TokenSequence], promptLength: Int) {
        let middle = Double(vocabularySize / 2 + 2)
        func tokens(_ count: Int, _ seed: Int) -> [Int32] {
            sampleNumbers(count, seed: UInt64(1000 * prompt + seed)).map {
                Int32(middle + $0 * (middle - 4))
            }
        }
        let beginning = tokens(3 + prompt, 1)
        let first = tokens(2 + prompt % 2, 2)
        let sequences = (0..<count).map { answer in
            let own = answer == 0 ? [] : tokens(1 + (3 * answer + prompt) % 6, 3 + answer)
            let all = beginning + (answer < 2 ? first : []) + own
            return TokenSequence(tokens: all, scored: [beginning.count..<all.count])
        }
        return (sequences, beginning.count)
    }

    private static func preference(
        _ prompt: Int,
        _ answers: [Int],
        _ judgement: Judgement = .pair,
        vocabularySize: Int = 97
    ) -> Preference {
        let all = Self.answers(prompt, count: 4, vocabularySize: vocabularySize)
        return Preference(
            sequences: answers.map { all.sequences[$0] },
            promptLength: all.promptLength,
            judgement: judgement,
            source: RowSource(file: "\(prompt)", line: 10 * answers[0] + (answers.last ?? 0))
        )
    }

    /// All pairs of four answers to each of three prompts, rows of a prompt apart from each other.
    static func pairs(vocabularySize: Int = 97) -> [Preference] {
        [[0, 1], [3, 2], [1, 2], [0, 3], [2, 0], [1, 3]].flatMap { answers in
            (1...3).map { preference($0, answers, vocabularySize: vocabularySize) }
        }
    }

    /// Prompts of one, two and five pairs.
    static let unevenPrompts = [
        preference(1, [0, 1]), preference(2, [0, 1]), preference(2, [2, 1]),
        preference(3, [0, 1]), preference(3, [0, 2]), preference(3, [1, 3]),
        preference(3, [3, 2]), preference(3, [2, 1]),
    ]

    /// Preferences with prompts and answers in common.
    private static func preferences(_ objective: ObjectiveSelection) -> [Preference] {
        switch objective.kind {
        case .pairs: pairs()
        case .labelled:
            // Among them the same answer twice, with both labels where there are such.
            [0, 1, 2, 0, 3, 1].enumerated().flatMap { row, answer in
                (1...2).map {
                    preference(
                        $0,
                        [answer],
                        .labelled(!objective.judgesAnswers || (row + $0) % 3 != 0)
                    )
                }
            }
        case .rankings:
            [[0, 1, 2], [3, 2, 0], [1, 1, 3]].enumerated().flatMap { row, answers in
                (1...2).map { preference($0, answers, .ranked(row == 0 ? [2, 0, 1] : [0, 1, 1])) }
            }
        }
    }

    private static func expectSame(_ found: [StepMetrics], _ expected: [StepMetrics]) throws {
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) {
            for (one, two) in zip(found.ofScores, expected.ofScores) {
                guard case .number(let one) = one.value, case .number(let value) = two.value else {
                    continue
                }
                // Sums of other orders over three steps; some objectives are of hundreds.
                let scale = 10 * max(1, abs(value))
                expectClose(one, value, absolute: scale * Tolerance.order)
            }
            expectClose(
                found.gradientNorm,
                expected.gradientNorm,
                relative: 10 * Tolerance.order
            )
            #expect(found.tokenCount == expected.tokenCount)
        }
    }

    @Test(
        "losses, gradients and metrics are those of preferences that are computed apart",
        arguments: ObjectiveTrainingTests.names
    )
    func sameNumbers(name: String) throws {
        let objective = ObjectiveSelection(try #require(Objective.named(name)))
        let preferences = Self.preferences(objective)
        func run(_ tokens: Int, sharing: Bool) throws -> [StepMetrics] {
            try ObjectiveTrainingTests.train(
                TrainerTests.configuration(
                    objective: objective,
                    batchSize: preferences.count,
                    microBatchTokens: tokens,
                    steps: 3,
                    sharing: sharing
                ),
                on: preferences
            ).metrics
        }
        let apart = try run(4096, sharing: false)
        #expect(apart[2].loss != apart[0].loss)
        try Self.expectSame(run(4096, sharing: true), apart)
        // Prompts are cut.
        try Self.expectSame(run(14, sharing: true), apart)
    }

    @Test("an adapter learns from shared answers what it learns from answers apart")
    func adapter() throws {
        func run(_ tokens: Int, sharing: Bool) throws -> [StepMetrics] {
            let policy = try ModelFolder(Fixtures.llama("llama-tiny"))
                .load(.init(), adapter: .new(AdapterConfiguration(rank: 4), seed: 1))
            let preferences = Self.pairs()
            let trainer = try Trainer(
                policy: policy,
                reference: policy.adapterReference,
                preferences: preferences,
                configuration: TrainerTests.configuration(
                    batchSize: preferences.count,
                    microBatchTokens: tokens,
                    steps: 3,
                    sharing: sharing
                )
            )
            return try trainer.allMetrics()
        }
        let apart = try run(4096, sharing: false)
        #expect(apart[2].loss != apart[0].loss)
        try Self.expectSame(run(4096, sharing: true), apart)
        // Prompts are cut.
        try Self.expectSame(run(14, sharing: true), apart)
    }

    @Test(
        "what prompts begin with is computed once, and nothing else changes",
        arguments: ["llama-tiny", "qwen2-window", "gpt2"]
    )
    func systemPrompt(name: String) throws {
        // Eight tokens before each prompt.
        let preferences = Self.unevenPrompts.map { preference in
            var preference = preference
            preference.sequences = preference.sequences.map { sequence in
                TokenSequence(
                    tokens: (20..<28) + sequence.tokens.map { $0 % 50 },
                    scored: sequence.scored.map { $0.lowerBound + 8..<$0.upperBound + 8 }
                )
            }
            preference.promptLength += 8
            return preference
        }
        func run(_ tokens: Int, sharing: Bool) throws -> [StepMetrics] {
            let models = try TinyModels(ModelFolder(Fixtures.model(name)))
            let trainer = try Trainer(
                policy: models.policy,
                reference: models.reference,
                preferences: preferences,
                configuration: TrainerTests.configuration(
                    batchSize: 8,
                    microBatchTokens: tokens,
                    steps: 3,
                    sharing: sharing
                )
            )
            return try trainer.allMetrics()
        }
        let groups = preferences.map(\.sequences)
        let joined = PackedBatch.joinedWhereAlike(groups)
        #expect(joined.count == 1)
        // All eight pairs have the eight tokens, which are now there once.
        let rows = [groups, joined].map { PackedBatch(groups: $0).tokens.count }
        #expect(rows[0] - rows[1] >= 7 * 8)
        let apart = try run(4096, sharing: false)
        try Self.expectSame(run(4096, sharing: true), apart)
        // In several micro-batches.
        try Self.expectSame(run(60, sharing: true), apart)
    }

    @Test("a reference that follows, and one that is kept, say the same of shared answers")
    func references() throws {
        let preferences = Self.pairs()
        func run(sharing: Bool) throws -> [StepMetrics] {
            try ObjectiveTrainingTests.train(
                TrainerTests.configuration(
                    referenceSync: ReferenceSync(mixup: 0.6, steps: 1),
                    batchSize: 9,
                    epochs: 2,
                    sharing: sharing
                ),
                on: preferences,
                following: true
            ).metrics
        }
        try Self.expectSame(run(sharing: true), run(sharing: false))

        let folder = try TemporaryFolder()
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let kept = try ReferenceCache(
            folder: folder.url,
            key: ReferenceKey(source, dtype: .float32)
        )
        let models = try TinyModels(source)
        let trainer = try Trainer(
            policy: models.policy,
            reference: nil,
            keptReference: KeptReference(kept) { models.reference },
            preferences: preferences,
            configuration: TrainerTests.configuration(batchSize: 9, epochs: 2)
        )
        let found = try trainer.allMetrics()
        // Twelve answers, each written once: 8 bytes, and 24 and 4 per token for each.
        #expect(kept.count == 12)
        let answers = (1...3).flatMap { Self.answers($0, count: 4).sequences }
        let expected = answers.reduce(8) { $0 + 24 + 4 * $1.scoredCount }
        #expect(try Data(contentsOf: kept.url).count == expected)
        let own = try ObjectiveTrainingTests.train(
            TrainerTests.configuration(batchSize: 9, epochs: 2),
            on: preferences
        )
        try Self.expectSame(found, own.metrics)
    }

    @Test(
        "routers count a shared token for each answer that has it",
        arguments: ["mixtral", "minimind-moe", "minimind-moe-2025"]
    )
    func routers(name: String) throws {
        func run(_ tokens: Int, sharing: Bool) throws -> [StepMetrics] {
            let models = try TinyModels(ModelFolder(Fixtures.model(name)))
            var configuration = TrainerTests.configuration(
                batchSize: 18,
                microBatchTokens: tokens,
                steps: 2,
                sharing: sharing
            )
            configuration.routerLossCoefficient = 1
            let trainer = try Trainer(
                policy: models.policy,
                reference: models.reference,
                preferences: Self.pairs(vocabularySize: 61),
                configuration: configuration
            )
            return try trainer.allMetrics()
        }
        let apart = try run(4096, sharing: false)
        for other in [try run(4096, sharing: true), try run(20, sharing: true)] {
            for (one, two) in zip(other, apart) {
                expectClose(
                    try #require(one.routerLoss),
                    try #require(two.routerLoss),
                    absolute: Tolerance.order
                )
                expectClose(one.gradientNorm, two.gradientNorm, relative: 1e-4)
                expectClose(one.loss, two.loss, absolute: Tolerance.order)
            }
        }
    }

    @Test("with dropout, a row that is there twice is the row that is there once")
    func dropout() throws {
        func first(_ preferences: [Preference]) throws -> StepMetrics {
            let models = try TinyModels(ModelFolder(Fixtures.model("gpt2")))
            var configuration = TrainerTests.configuration(steps: 1)
            configuration.modelDropout = true
            let trainer = try Trainer(
                policy: models.policy,
                reference: models.reference,
                preferences: preferences,
                configuration: configuration
            )
            return try trainer.allMetrics()[0]
        }
        let pair = Self.pairs(vocabularySize: 61)[0]
        let (once, twice) = (try first([pair]), try first([pair, pair]))
        #expect(once.rewardsMargin != 0)
        #expect(twice.rewardsMargin == once.rewardsMargin)
        #expect(twice.loss == once.loss)
        expectClose(twice.gradientNorm, once.gradientNorm, relative: Tolerance.order)
    }

    @Test("steps take whole prompts, in an order of prompts that the seed draws")
    func steps() throws {
        var configuration = TrainerTests.configuration(
            batchSize: 6,
            epochs: 2,
            shuffles: true
        )
        configuration.groupsByPrompt = true
        let (metrics, _, trainer) = try ObjectiveTrainingTests.train(
            configuration,
            on: Self.pairs()
        )
        #expect(trainer.totalSteps == 6)
        let ends = [1.0 / 3, 2.0 / 3, 1]
        #expect(metrics.map(\.epoch) == ends + ends.map { 1 + $0 })
        // Tokens of all pairs of a prompt: each of its four answers is in three of them.
        let counts = (1...3).map {
            3 * Self.answers($0, count: 4).sequences.reduce(0) { $0 + $1.tokens.count }
        }
        #expect(Set(counts).count == 3)
        let steps = zip(metrics, [0] + metrics.map(\.tokenCount)).map { $0.tokenCount - $1 }
        #expect(steps[..<3].sorted() == counts.sorted())
        #expect(steps[3...].sorted() == counts.sorted())

        // Epochs of two steps and of three.
        configuration.batchSize = 5
        configuration.epochs = 8
        let order = configuration.order(of: Self.unevenPrompts)
        let epochs = (0..<8).map { order.steps(epoch: $0).count }
        #expect(Set(epochs) == [2, 3])
        let uneven = try ObjectiveTrainingTests.train(configuration, on: Self.unevenPrompts)
        #expect(uneven.metrics.count == epochs.reduce(0, +))
        #expect(uneven.metrics.last?.epoch == 8)
    }

    @Test("an evaluation takes whole prompts too, and gives rewards in the order of the data")
    func evaluation() throws {
        func run(sharing: Bool, grouped: Bool) throws -> Evaluation {
            var configuration = TrainerTests.configuration(
                learningRate: 0.01,
                batchSize: 6,
                microBatchTokens: 20,
                steps: 1,
                sharing: sharing
            )
            configuration.groupsByPrompt = grouped
            let models = try TinyModels()
            let trainer = try Trainer(
                policy: models.policy,
                reference: models.reference,
                // Of one prompt, so that training is the same either way.
                preferences: Self.pairs().filter { $0.source.file == "1" },
                configuration: configuration
            )
            try trainer.evaluate(by: EvaluationPlan(Self.pairs(), keepsRewards: true))
            var found: [Evaluation] = []
            try trainer.train(TrainingHooks(afterEvaluation: { found.append($0) }))
            return try #require(found.first)
        }
        let expected = try run(sharing: false, grouped: false)
        #expect(expected.rewards.map(\.source) == Self.pairs().map(\.source))
        for grouped in [false, true] {
            let found = try run(sharing: true, grouped: grouped)
            #expect(found.rewards.map(\.source) == expected.rewards.map(\.source))
            for (one, two) in zip(found.rewards, expected.rewards) {
                expectClose(one.rewards, two.rewards, absolute: Tolerance.order)
            }
            for (name, value) in expected.metrics.ofScores {
                guard case .number(let value) = value else { continue }
                let other = try #require(found.value(of: "eval_\(name)"))
                expectClose(other, value, absolute: Tolerance.order * max(1, abs(value)))
            }
        }
    }
}
