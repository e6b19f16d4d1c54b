import Foundation
import LanguageModels
import Objectives
import PreferenceData
import TestSupport
import Testing
import Torch

@testable import PreferenceOptimization

/// A run that keeps its numbers in a file is the run that keeps them in memory, bit for bit.
@Suite struct OffloadTests {
    /// What is trained, and how.
    enum Case: String, CaseIterable {
        case float32, bfloat16, tied, lora, some, average, following, sgd, rmsprop, groups, full

        var model: String { self == .tied ? "llama-tiny-tied" : "llama-tiny" }

        var configuration: TrainingConfiguration {
            // Each step has several micro-batches.
            var configuration = TrainerTests.configuration(microBatchTokens: 30, epochs: 2)
            switch self {
            case .float32, .tied, .lora, .some: break
            case .bfloat16: configuration.dtype = .bfloat16
            case .average: configuration.averageDecay = 0.9
            case .following: configuration.referenceSync = ReferenceSync(mixup: 0.6, steps: 1)
            case .sgd: configuration.optimizer.kind = .sgd(.init(momentum: 0.9))
            case .rmsprop: configuration.optimizer.kind = .rmsprop(.init())
            case .groups:
                configuration.optimizer = OptimizerSelection(
                    weightDecay: 0.1,
                    decaysNormsAndBiases: false
                )
            case .full: configuration.activationCheckpointing = .full
            }
            return configuration
        }

        /// - Parameter memory: also says whether the models' files leave memory.
        func trainer(_ memory: KeptMemory) throws -> (Trainer, ModelFolder) {
            let configuration = configuration
            let folder = try ModelFolder(Fixtures.model(model))
            var options = ParameterStore.Options(dtype: configuration.dtype)
            if case .file = memory { options.releasesPages = true }
            if self == .some { options.trainedNames = NamePattern("mlp|norm") }
            let adapter: AdapterSource? =
                self == .lora ? .new(AdapterConfiguration(rank: 2, dropout: 0.3), seed: 1) : nil
            let policy = try folder.load(options, adapter: adapter)
            options.isTrained = self == .following
            let trainer = try Trainer(
                policy: policy,
                reference: policy.adapterReference ?? folder.load(options),
                preferences: (1...6).map {
                    Preference(
                        pair($0, chosen: 2 + $0, rejected: 8 - $0, sharing: 1, vocabularySize: 61)
                    )
                },
                configuration: configuration,
                keeping: memory
            )
            return (trainer, folder)
        }
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var file: KeptMemory {
        get throws { .file(try OffloadFile(in: folder.url.path)) }
    }

    @Test("losses, gradients and weights are the same", arguments: Case.allCases)
    func same(_ what: Case) throws {
        func run(_ memory: KeptMemory) throws -> (numbers: [[Double]], weights: [[UInt8]]) {
            let (trainer, _) = try what.trainer(memory)
            let metrics = try trainer.allMetrics()
            _ = try trainer.takeResult()
            return (
                metrics.map { [$0.loss, $0.gradientNorm, $0.rewardsMargin] },
                try trainer.policy.trainedParameters.map { try $0.master.bits() }
            )
        }
        let plain = try run(.ofDevice)
        let kept = try run(file)
        #expect(plain.numbers.count == 4)
        #expect(kept.numbers == plain.numbers)
        #expect(kept.weights == plain.weights)
    }

    @Test(
        "a run that is broken and resumed is the run that was not",
        arguments: [Case.float32, .bfloat16, .average]
    )
    func resumed(_ what: Case) throws {
        let result = try ResumeCheck(folder: folder.url, steps: 4) {
            try what.trainer(file)
        }.run()
        #expect(result.differences == [])
        #expect(result.brokenAfter == 2)
    }

    @Test("gradients lie in the file, and none of a step is there in the next")
    func gradients() throws {
        let (trainer, _) = try Case.float32.trainer(file)
        let buffer = trainer.gradients
        let parameter = try #require(trainer.policy.trainedParameters.first)
        for _ in 0..<2 {
            try buffer.begin()
            let place = try #require(parameter.value.gradient)
            #expect(try place.sum().item() == 0)
            try (parameter.value * 2).sum().backward()
            try buffer.collect()
            // Autograd has added to it in place.
            let gradient = try #require(try buffer.gradients().first)
            try gradient.multiplyInPlace(2)
            #expect(try place.sum().item() == 4 * Double(place.count))
        }
        try buffer.clear()
        #expect(parameter.value.gradient == nil)
    }

    @Test("the policy has no hooks when its trainer is gone")
    func letGo() throws {
        let (parameter, before) = try {
            let (trainer, _) = try Case.bfloat16.trainer(.ofDevice)
            let parameter = try #require(trainer.policy.trainedParameters.first)
            try (parameter.value * 2).sum().backward()
            return (parameter, parameter.value.gradient)
        }()
        // While there was one, it took gradients over.
        #expect(before == nil)
        try (parameter.value * 2).sum().backward()
        #expect(parameter.value.gradient != nil)
    }
}
