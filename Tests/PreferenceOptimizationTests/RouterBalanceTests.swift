import Files
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
import Torch

/// Training of policies with experts.
@Suite struct RouterBalanceTests {
    private func models(_ name: String) throws -> TinyModels {
        try TinyModels(ModelFolder(Fixtures.model(name)))
    }

    /// As the sample pairs, with the 61 tokens that these models know.
    private static let pairs = (1...4).map {
        pair($0, chosen: 2 + $0, rejected: 7 - $0, sharing: 1, vocabularySize: 61)
    }

    @Test(
        "the loss has the routers' in it, times the model's coefficient or the one that is set",
        arguments: [
            ("qwen3-moe", nil, 0.001), ("minimind-moe", nil, 5e-4),
            ("minimind-moe-2025", nil, 0.01),
            ("mixtral", 0.5, 0.5),
        ] as [(String, Double?, Double)]
    )
    func coefficient(name: String, setting: Double?, expected: Double) throws {
        var configuration = TrainerTests.configuration(steps: 1)
        configuration.routerLossCoefficient = setting
        let metrics = try TrainerTests.train(models(name), configuration, on: Self.pairs)
        let step = try #require(metrics.first)
        let routers = try #require(step.routerLoss)
        #expect(routers > 0.5)
        expectClose(step.loss, ln2 + expected * routers, absolute: 1e-5)
        #expect(step.named.contains { $0.name == "aux_loss" })
    }

    @Test("with a coefficient of 0 the routers have no loss")
    func off() throws {
        var configuration = TrainerTests.configuration(steps: 1)
        configuration.routerLossCoefficient = 0
        let metrics = try TrainerTests.train(models("mixtral"), configuration, on: Self.pairs)
        let step = try #require(metrics.first)
        #expect(step.routerLoss == nil)
        expectClose(step.loss, ln2, absolute: 1e-5)
    }

    @Test(
        "neither micro-batches nor sharing change the routers' loss or the gradients",
        arguments: ["mixtral", "qwen3-moe", "minimind-moe", "minimind-moe-2025"]
    )
    func invariance(name: String) throws {
        func run(microBatchTokens: Int, sharing: Bool) throws -> [StepMetrics] {
            var configuration = TrainerTests.configuration(
                microBatchTokens: microBatchTokens,
                steps: 3,
                sharing: sharing
            )
            // Large, so that it shows.
            configuration.routerLossCoefficient = 1
            return try TrainerTests.train(models(name), configuration, on: Self.pairs)
        }
        let whole = try run(microBatchTokens: 4096, sharing: true)
        for other in [
            try run(microBatchTokens: 1, sharing: true),
            try run(microBatchTokens: 40, sharing: false),
        ] {
            for (one, two) in zip(whole, other) {
                expectClose(
                    try #require(one.routerLoss),
                    try #require(two.routerLoss),
                    absolute: Tolerance.order
                )
                expectClose(one.gradientNorm, two.gradientNorm, relative: 1e-4)
                expectClose(one.loss, two.loss, absolute: Tolerance.order)
            }
        }
        // It is trained.
        #expect(whole[2].routerLoss ?? 9 < whole[0].routerLoss ?? 0)
    }

    @Test(
        "an adapter beside frozen experts learns, whatever the micro-batches",
        arguments: ["mixtral", "minimind-moe-2025"]
    )
    func adapter(name: String) throws {
        func run(microBatchTokens: Int) throws -> [StepMetrics] {
            let policy = try ModelFolder(Fixtures.model(name)).load(
                adapter: .new(AdapterConfiguration(dropout: 0), seed: 1)
            )
            var configuration = TrainerTests.configuration(
                learningRate: 0.01,
                microBatchTokens: microBatchTokens,
                steps: 3
            )
            configuration.routerLossCoefficient = 1
            let trainer = try Trainer(
                policy: policy,
                reference: policy.adapterReference,
                pairs: PreferencePairs(Self.pairs),
                configuration: configuration
            )
            return try trainer.allMetrics()
        }
        let whole = try run(microBatchTokens: 4096)
        let first = try #require(whole.first)
        expectClose(first.loss, ln2 + (first.routerLoss ?? 0), absolute: 1e-5)
        #expect(whole[2].loss < first.loss)
        for (one, two) in zip(whole, try run(microBatchTokens: 1)) {
            expectClose(one.gradientNorm, two.gradientNorm, relative: 1e-4)
            expectClose(one.loss, two.loss, absolute: Tolerance.order)
        }
    }

    @Test("objectives whose losses depend on each other count the routers' loss once")
    func coupled() throws {
        func run(microBatchTokens: Int) throws -> StepMetrics {
            var configuration = TrainerTests.configuration(
                microBatchTokens: microBatchTokens,
                steps: 1
            )
            configuration.objective = ObjectiveSelection(.aot)
            configuration.routerLossCoefficient = 1
            let metrics = try TrainerTests.train(
                models("mixtral"),
                configuration,
                on: Self.pairs
            )
            return try #require(metrics.first)
        }
        let (whole, parts) = (try run(microBatchTokens: 4096), try run(microBatchTokens: 1))
        expectClose(
            try #require(whole.routerLoss),
            try #require(parts.routerLoss),
            absolute: Tolerance.order
        )
        expectClose(whole.gradientNorm, parts.gradientNorm, relative: 1e-4)
    }

    @Test("a coefficient below 0 is refused")
    func negative() {
        var configuration = TrainingConfiguration()
        configuration.routerLossCoefficient = -1
        #expect(
            throws: SettingError(
                "router-aux-loss-coef",
                found: "-1.0",
                allowed: "a number of at least 0"
            )
        ) { try configuration.validate() }
    }
}
