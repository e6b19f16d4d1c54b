import Foundation
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// Training of an adapter, and of some weights.
@Suite struct AdapterTrainingTests {
    private static let source = Fixtures.llama("llama-tiny")

    private static func load(_ adapter: AdapterSource, dtype: DType = .float32) throws
        -> any CausalLanguageModel
    {
        try ModelFolder(source).load(.init(dtype: dtype), adapter: adapter)
    }

    private static func saved(_ name: String) throws -> AdapterSource {
        .saved(try AdapterFolder(source.appending(path: "adapters/\(name)")))
    }

    private func train(
        _ policy: any CausalLanguageModel,
        _ configuration: TrainingConfiguration = TrainerTests.configuration()
    ) throws -> [StepMetrics] {
        let trainer = try Trainer(
            policy: policy,
            reference: policy.adapterReference,
            pairs: PreferencePairs(samplePairs),
            configuration: configuration
        )
        return try trainer.allMetrics()
    }

    @Test(
        "a new adapter begins at the reference and learns, and the base stays bitwise as it was",
        arguments: [false, true],
        [DType.float32, .bfloat16]
    )
    func new(usesDoRA: Bool, dtype: DType) throws {
        let configuration = AdapterConfiguration(rank: 8, dropout: 0.1, usesDoRA: usesDoRA)
        let policy = try Self.load(.new(configuration, seed: 1), dtype: dtype)
        let base = try policy.bits()
        let adapter = try policy.trainedParameters.map { try $0.master.bits() }
        let metrics = try train(
            policy,
            TrainerTests.configuration(learningRate: 0.01, batchSize: 8, steps: 12, dtype: dtype)
        )
        expectClose(try #require(metrics.first).loss, ln2, absolute: 1e-6)
        #expect(try #require(metrics.last).loss < 0.5)
        #expect(try policy.bits() == base)
        #expect(policy.parameters.allSatisfy { $0.value.gradient == nil })
        for (parameter, before) in zip(policy.trainedParameters, adapter) {
            #expect(try parameter.master.bits() != before, "\(parameter.name)")
        }
    }

    @Test("only the adapter's weights are trained")
    func trainedAlone() throws {
        let policy = try Self.load(.new(AdapterConfiguration(rank: 4), seed: 1))
        #expect(policy.trainedParameters.allSatisfy { $0.name.contains(".lora_") })
        // Rank 4 · (inputs + outputs): q and o 32 + 32, k and v 32 + 16, gate, up and down 32 + 56;
        // two layers.
        #expect(policy.trainedParameterCount == 4 * 2 * (2 * 64 + 2 * 48 + 3 * 88))
    }

    @Test("the adapter that training goes on from is its reference", arguments: ["lora", "dora"])
    func continued(name: String) throws {
        let policy = try Self.load(Self.saved(name))
        let base = try policy.bits()
        let metrics = try train(policy)
        expectClose(try #require(metrics.first).loss, ln2, absolute: 1e-6)
        #expect(abs(metrics[1].loss - ln2) > 1e-4)
        #expect(try policy.bits() == base)
    }

    @Test("with dropout the policy may begin apart from the adapter it goes on from")
    func continuedWithDropout() throws {
        let policy = try Self.load(Self.saved("rslora"))
        let metrics = try train(policy)
        #expect(abs(try #require(metrics.first).loss - ln2) > 1e-4)
    }

    @Test("the same seed gives the same weights, with dropout and whatever happened before")
    func reproducible() throws {
        func run(seed: UInt64) throws -> [[UInt8]] {
            let policy = try Self.load(
                .new(AdapterConfiguration(rank: 2, dropout: 0.3), seed: 1)
            )
            _ = try train(
                policy,
                TrainerTests.configuration(microBatchTokens: 30, seed: seed)
            )
            return try policy.trainedParameters.map { try $0.master.bits() }
        }
        let first = try run(seed: 5)
        try TorchRuntime.seed(3)
        #expect(try run(seed: 5) == first)
        #expect(try run(seed: 6) != first)
    }

    @Test("of chosen weights only these move, and the reference is a model of its own")
    func chosenWeights() throws {
        let folder = try ModelFolder(Self.source)
        let policy = try folder.load(.init(trainedNames: NamePattern("lm_head|norm")))
        let before = try policy.bits()
        let trainer = try Trainer(
            policy: policy,
            reference: folder.load(.init(isTrained: false)),
            pairs: PreferencePairs(samplePairs),
            configuration: TrainerTests.configuration()
        )
        try trainer.train { _ in .continue }
        for (parameter, before) in zip(policy.parameters, before) {
            let isChosen = parameter.name.contains("lm_head") || parameter.name.contains("norm")
            #expect(try (parameter.master.bits() != before) == isChosen, "\(parameter.name)")
        }
    }

    @Test("a reference that follows the policy follows the chosen weights alone")
    func chosenWeightsWithSync() throws {
        let folder = try ModelFolder(Self.source)
        let pattern = NamePattern("lm_head")
        let policy = try folder.load(.init(dtype: .bfloat16, trainedNames: pattern))
        let reference = try folder.load(.init(dtype: .bfloat16, trainedNames: pattern))
        let before = try reference.bits()
        let trainer = try Trainer(
            policy: policy,
            reference: reference,
            pairs: PreferencePairs(samplePairs),
            configuration: TrainerTests.configuration(
                referenceSync: ReferenceSync(mixup: 1, steps: 1),
                dtype: .bfloat16
            )
        )
        try trainer.train { _ in .continue }
        #expect(try reference.bits() == policy.bits())
        for (parameter, before) in zip(reference.parameters, before) {
            let isChosen = parameter.name.contains("lm_head")
            #expect(try (parameter.master.bits() != before) == isChosen, "\(parameter.name)")
        }
    }
}
