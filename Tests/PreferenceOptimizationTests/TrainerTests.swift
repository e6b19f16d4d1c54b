import Files
import Foundation
import Objectives
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

@Suite struct TrainerTests {
    /// A few steps with a rate at which every weight moves visibly.
    static func configuration(
        objective: ObjectiveSelection = .sigmoid,
        referenceSync: ReferenceSync? = nil,
        learningRate: Double = 1e-3,
        batchSize: Int = 4,
        microBatchTokens: Int = 4096,
        epochs: Int = 1,
        steps: Int? = nil,
        warmupSteps: Int = 0,
        seed: UInt64 = 42,
        shuffles: Bool = false,
        dtype: DType = .float32,
        sharing: Bool = true
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            objective: objective,
            referenceSync: referenceSync,
            learningRate: learningRate,
            schedule: LearningRateSchedule(warmup: .steps(warmupSteps)),
            batchSize: batchSize,
            microBatchTokens: microBatchTokens,
            epochs: epochs,
            maximumSteps: steps,
            seed: seed,
            shuffles: shuffles,
            dtype: dtype,
            sharesPrefixes: sharing
        )
    }

    /// Trains and returns the metrics of all steps.
    @discardableResult
    static func train(
        _ models: TinyModels,
        _ configuration: TrainingConfiguration,
        on pairs: [PreferencePair] = samplePairs,
        afterStep: (StepMetrics) throws -> TrainingDecision = { _ in .continue }
    ) throws -> [StepMetrics] {
        let trainer = try Trainer(
            policy: models.policy,
            reference: models.reference,
            pairs: PreferencePairs(pairs),
            configuration: configuration
        )
        var all: [StepMetrics] = []
        try trainer.train { metrics in
            all.append(metrics)
            return try afterStep(metrics)
        }
        return all
    }

    @Test(
        "at the first step policy equals reference: the loss is ln 2 and rewards are 0",
        arguments: [
            DType.float32, .bfloat16,
        ]
    )
    func firstStep(dtype: DType) throws {
        let metrics = try Self.train(TinyModels(dtype: dtype), Self.configuration(dtype: dtype))
        let first = try #require(metrics.first)
        expectClose(first.loss, ln2, absolute: 1e-6)
        for reward in [first.rewardsChosen, first.rewardsRejected, first.rewardsMargin] {
            expectClose(reward, 0, absolute: 1e-6)
        }
        #expect(first.gradientNorm > 0.1)
        #expect(first.logProbabilitiesChosen < -1)
        #expect(metrics.count == 2)
        #expect(abs(metrics[1].loss - ln2) > 1e-4)
    }

    @Test(
        "one step moves every trained tensor and leaves the reference bitwise as it was",
        arguments: [
            DType.float32, .bfloat16,
        ]
    )
    func oneStep(dtype: DType) throws {
        let models = try TinyModels(dtype: dtype)
        let (policy, reference) = (try models.policy.bits(), try models.reference.bits())
        let file = Fixtures.llama("llama-tiny").appending(path: "model.safetensors")
        let bytes = try Data(contentsOf: file)
        try Self.train(models, Self.configuration(steps: 1, dtype: dtype))
        for (parameter, before) in zip(models.policy.parameters, policy) {
            #expect(try parameter.master.bits() != before, "\(parameter.name)")
            #expect(parameter.master.dtype == .float32)
            // The layers compute with the new weights.
            #expect(try parameter.value.bits() == parameter.master.to(dtype).bits())
            #expect(parameter.value.gradient == nil)
        }
        #expect(try models.reference.bits() == reference)
        #expect(models.reference.parameters.allSatisfy { !$0.value.requiresGradient })
        #expect(try Data(contentsOf: file) == bytes)
    }

    @Test("training makes the policy prefer the chosen answers")
    func learns() throws {
        let metrics = try Self.train(TinyModels(), Self.configuration(batchSize: 8, steps: 20))
        let last = try #require(metrics.last)
        #expect(last.rewardsAccuracy == 1)
        #expect(last.rewardsMargin > 0.5)
        #expect(last.loss < 0.5)
    }

    /// Four pairs of nearly the same number of rows and unequal answers.
    static let evenPairs = [
        pair(1, chosen: 3, rejected: 9), pair(2, chosen: 8, rejected: 4),
        pair(3, chosen: 5, rejected: 8, sharing: 1), pair(4, chosen: 10, rejected: 2),
    ]

    @Test(
        "the size of micro-batches and sharing change nothing but the order of sums",
        arguments: [1, 2, 4],
        [true, false]
    )
    func microBatches(size: Int, sharing: Bool) throws {
        let groups = Self.evenPairs.map(\.sequences)
        let rows = groups.map { PackedBatch.rowCount(of: $0, sharingPrefixes: sharing) }
        let limit = try #require(rows.max()) * size
        // The limit cuts as the test means it.
        #expect(
            PackedBatch.microBatches(rowCounts: rows, tokenLimit: limit).map(\.count)
                == Array(repeating: size, count: 4 / size)
        )
        let models = [try TinyModels(), try TinyModels()]
        let metrics = try [4096, limit].enumerated().map { index, limit in
            try Self.train(
                models[index],
                Self.configuration(
                    microBatchTokens: limit,
                    steps: 3,
                    sharing: index == 0 || sharing
                ),
                on: Self.evenPairs
            )
        }
        for (expected, actual) in zip(metrics[0], metrics[1]) {
            expectClose(actual.loss, expected.loss, absolute: Tolerance.order)
            expectClose(actual.gradientNorm, expected.gradientNorm, relative: Tolerance.order)
            expectClose(actual.rewardsMargin, expected.rewardsMargin, absolute: Tolerance.order)
            expectClose(
                actual.logProbabilitiesRejected,
                expected.logProbabilitiesRejected,
                absolute: Tolerance.order
            )
            expectClose(actual.entropy, expected.entropy, absolute: Tolerance.order)
            #expect(actual.tokenCount == expected.tokenCount)
        }
        for (actual, expected) in zip(models[1].policy.parameters, models[0].policy.parameters) {
            // AdamW divides by the gradient's own size, so what is nearly 0 may move anywhere
            // within the three steps of 1e-3.
            let difference = try (actual.master - expected.master).doubles().map(abs)
            #expect(difference.reduce(0, +) / Double(difference.count) < 1e-6)
            #expect(try #require(difference.max()) < 1e-3)
        }
    }

    @Test("the last batch of an epoch, with fewer pairs, is the mean over its own")
    func partialBatch() throws {
        let pairs = Array(samplePairs.prefix(6))
        // A rate of 0 keeps the policy where it is, so that steps can be compared.
        let whole = try Self.train(TinyModels(), Self.configuration(learningRate: 0), on: pairs)
        let rest = try Self.train(
            TinyModels(),
            Self.configuration(learningRate: 0),
            on: Array(pairs.suffix(2))
        )
        #expect(whole.count == 2)
        expectClose(whole[1].loss, rest[0].loss, absolute: Tolerance.order)
        expectClose(whole[1].gradientNorm, rest[0].gradientNorm, relative: Tolerance.order)
        expectClose(
            whole[1].logProbabilitiesChosen,
            rest[0].logProbabilitiesChosen,
            absolute: Tolerance.order
        )
        #expect(abs(whole[0].gradientNorm - rest[0].gradientNorm) > 0.1)
    }

    @Test("the same seed gives bitwise the same weights, another seed others")
    func seeds() throws {
        func run(_ seed: UInt64) throws -> [[UInt8]] {
            let models = try TinyModels()
            let configuration = Self.configuration(
                batchSize: 3,
                microBatchTokens: 40,
                epochs: 2,
                seed: seed,
                shuffles: true
            )
            try Self.train(models, configuration)
            return try models.policy.bits()
        }
        let first = try run(1)
        #expect(try run(1) == first)
        #expect(try run(2) != first)
    }

    @Test("without shuffling, the order is that of the data, and each epoch has it again")
    func order() throws {
        let pairs = Array(samplePairs.prefix(3))
        let metrics = try Self.train(
            TinyModels(),
            Self.configuration(learningRate: 0, batchSize: 1, epochs: 2),
            on: pairs
        )
        let alone = try pairs.map {
            try Self.train(TinyModels(), Self.configuration(learningRate: 0), on: [$0])[0]
        }
        expectClose(
            metrics.map(\.logProbabilitiesChosen),
            (alone + alone).map(\.logProbabilitiesChosen),
            absolute: Tolerance.order
        )
    }

    @Test("steps, epochs, rates and tokens are counted through the run")
    func counts() throws {
        let pairs = Array(samplePairs.prefix(5))
        let metrics = try Self.train(
            TinyModels(),
            Self.configuration(learningRate: 6e-5, batchSize: 2, epochs: 2, warmupSteps: 2),
            on: pairs
        )
        #expect(metrics.map(\.step) == [1, 2, 3, 4, 5, 6])
        expectClose(metrics.map(\.epoch), [0.4, 0.8, 1, 1.4, 1.8, 2], absolute: 1e-12)
        expectClose(
            metrics.map(\.learningRate),
            [0, 3e-5, 6e-5, 4.5e-5, 3e-5, 1.5e-5],
            absolute: 1e-18
        )
        let tokens = pairs.map { $0.chosen.tokens.count + $0.rejected.tokens.count }
        #expect(metrics[0].tokenCount == tokens[0] + tokens[1])
        #expect(metrics[5].tokenCount == 2 * tokens.reduce(0, +))
        for metrics in metrics {
            #expect(metrics.seconds > 0)
            #expect(metrics.tokensPerSecond > metrics.pairsPerSecond)
            #expect(metrics.peakByteCount > 1 << 20)
        }
    }

    @Test("a number of steps holds, be it less or more than the epochs have", arguments: [1, 3, 5])
    func maximumSteps(steps: Int) throws {
        let configuration = Self.configuration(learningRate: 1, steps: steps)
        let trainer = try Trainer(
            policy: TinyModels().policy,
            reference: TinyModels().reference,
            pairs: PreferencePairs(samplePairs),
            configuration: configuration
        )
        #expect(trainer.totalSteps == steps)
        var count = 0
        try trainer.train { _ in
            count += 1
            return .continue
        }
        #expect(count == steps)
    }

    @Test("a run of very many epochs begins at once and can be stopped")
    func manyEpochs() throws {
        let configuration = Self.configuration(batchSize: 1, epochs: 1_000_000)
        let metrics = try Self.train(TinyModels(), configuration) { _ in .stop }
        #expect(metrics.count == 1)
    }

    @Test("after a decision to stop there is no further step, and the weights are those of then")
    func stop() throws {
        let models = [try TinyModels(), try TinyModels()]
        let stopped = try Self.train(models[0], Self.configuration(batchSize: 1)) {
            $0.step == 3 ? .stop : .continue
        }
        #expect(stopped.map(\.step) == [1, 2, 3])
        var bits: [[UInt8]] = []
        try Self.train(models[1], Self.configuration(batchSize: 1)) {
            if $0.step == 3 { bits = try models[1].policy.bits() }
            return .continue
        }
        #expect(try models[0].policy.bits() == bits)
    }

    @Test("an error of the caller ends training and comes out as it is")
    func callerError() throws {
        struct Full: Error {}
        var steps = 0
        #expect(throws: Full.self) {
            try Self.train(TinyModels(), Self.configuration()) { _ in
                steps += 1
                throw Full()
            }
        }
        #expect(steps == 1)
    }

    @Test("a reference with other weights is told before anything is changed")
    func otherReference() throws {
        let models = try TinyModels()
        let other = try ModelFolder(Fixtures.llama("llama-tiny/reference"))
            .load(.init(isTrained: false))
        let before = try models.policy.bits()
        let trainer = try Trainer(
            policy: models.policy,
            reference: other,
            pairs: PreferencePairs(samplePairs),
            configuration: Self.configuration()
        )
        let error = try #require(throws: TrainingError.self) {
            try trainer.train { _ in .continue }
        }
        guard case .policyIsNotReference(_, let expected, let ratio) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(expected == ln2)
        #expect(ratio > 1)
        #expect(error.description.contains("must equal the reference"))
        #expect(try models.policy.bits() == before)
    }

    @Test("a weight that is not a number ends the first step and leaves all weights as they were")
    func notFinite() throws {
        let models = try TinyModels()
        let norm = try #require(models.policy.parameters.last { $0.master.shape == [32] })
        try withoutGradients { try norm.master.fillInPlace(.nan) }
        let before = try models.policy.bits()
        let error = try #require(throws: TrainingError.self) {
            try Self.train(models, Self.configuration(batchSize: 2))
        }
        let pairs = ["pairs.jsonl:1", "pairs.jsonl:2"]
        #expect(error == .notFinite(quantity: "loss", step: 1, pairs: pairs))
        #expect(error.description.contains("step 1: the loss is not a finite number"))
        #expect(error.description.hasSuffix("pairs.jsonl:1, pairs.jsonl:2"))
        #expect(try models.policy.bits() == before)
    }

    @Test("a later step that fails names its own pairs")
    func notFiniteLater() throws {
        let models = try TinyModels()
        let norm = try #require(models.policy.parameters.last { $0.master.shape == [32] })
        var before: [[UInt8]] = []
        let error = try #require(throws: TrainingError.self) {
            try Self.train(models, Self.configuration(batchSize: 3)) { metrics in
                if metrics.step == 2 {
                    try withoutGradients { try norm.master.fillInPlace(.infinity) }
                    before = try models.policy.bits()
                }
                return .continue
            }
        }
        #expect(
            error
                == .notFinite(
                    quantity: "loss",
                    step: 3,
                    pairs: ["pairs.jsonl:7", "pairs.jsonl:8"]
                )
        )
        #expect(try models.policy.bits() == before)
    }

    @Test("a gradient that is not finite ends the step, though the loss is, and nothing is kept")
    func gradientNotFinite() throws {
        let policy = try OneWeightModel()
        let reference = try OneWeightModel()
        let trainer = try Trainer(
            policy: policy,
            reference: reference,
            pairs: PreferencePairs([samplePairs[0]]),
            configuration: Self.configuration()
        )
        let before = try policy.weight.bits()
        policy.gradientScale = .infinity
        #expect(
            throws: TrainingError.notFinite(
                quantity: "gradient",
                step: 1,
                pairs: ["pairs.jsonl:1"]
            )
        ) { try trainer.train { _ in .continue } }
        #expect(try policy.weight.bits() == before)
        // The gradient of the failed step is gone: the next one can succeed.
        policy.gradientScale = 1
        try trainer.train { metrics in
            #expect(metrics.gradientNorm.isFinite && metrics.gradientNorm > 0)
            return .continue
        }
        #expect(try policy.weight.bits() != before)
    }

    @Test("a token outside the vocabulary is told with its row before training begins")
    func unknownToken() throws {
        let models = try TinyModels()
        var stranger = samplePairs[2]
        // Only a target: no embedding would have noticed it.
        stranger.rejected = TokenSequence(
            tokens: stranger.rejected.tokens + [97],
            scored: stranger.rejected.scored
        )
        let error = try #require(throws: ModelError.self) {
            _ = try Trainer(
                policy: models.policy,
                reference: models.reference,
                pairs: PreferencePairs(samplePairs + [stranger]),
                configuration: Self.configuration()
            )
        }
        #expect(error.path == "pairs.jsonl:3")
        #expect(error.kind == .tokenOutsideVocabulary(id: 97, vocabularySize: 97))
    }

    @Test("a setting outside its range is told before training begins")
    func setting() throws {
        #expect(throws: SettingError.self) {
            try Self.train(TinyModels(), Self.configuration(batchSize: 0))
        }
    }
}

/// A model of one weight, whose gradient a test can spoil.
private final class OneWeightModel: CausalLanguageModel {
    let vocabularySize = 97
    let weight: Tensor
    let vocabularyWeight: Tensor
    let parameters: [Parameter]
    var gradientScale = 1.0

    init() throws {
        weight = try Tensor.full([4], 1, .float32)
        try weight.setRequiresGradient(true)
        vocabularyWeight = try Tensor.sample([97, 4], .float32, seed: 1)
        parameters = [Parameter(name: "weight", master: weight, value: weight)]
    }

    func predictorStates(_ batch: PackedBatch) throws -> Tensor {
        let rows = try Tensor.sample([batch.predictors.count, 4], .float32, seed: 2)
        return try withCustomGradient([weight]) { () throws(TorchError) in
            CustomGradient([try rows * weight]) { (gradients, _) throws(TorchError) in
                [try (gradients[0] * rows).sum(dimensions: [0]) * self.gradientScale]
            }
        }[0]
    }

    /// It is only trained.
    func nextTokenStates(_ sequences: [CachedSequence]) throws -> Tensor {
        try Tensor.zeros([sequences.count, 4], .float32)
    }
}
