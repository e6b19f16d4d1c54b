import LanguageModels
import Objectives
import PreferenceData
import TestSupport
import Testing
import Torch

@testable import PreferenceOptimization

/// Runs whose layers keep less are the runs whose layers keep all, bit for bit.
@Suite struct ActivationCheckpointingTests {
    /// What is trained, and how.
    enum Case: String, CaseIterable {
        case plain, bfloat16, dropout, gemma, experts, lora, coupled, evaluated

        var model: String {
            switch self {
            case .dropout: "gpt2"
            case .gemma: "gemma2"
            case .experts: "qwen3-moe"
            default: "llama-tiny"
            }
        }
    }

    /// The numbers of all steps, and the weights at the end.
    private struct Outcome: Equatable {
        var metrics: [[String]]
        var weights: [[UInt8]]
    }

    private static func run(_ what: Case, _ way: ActivationCheckpointing) throws -> Outcome {
        // Each step has several micro-batches.
        var configuration = TrainerTests.configuration(microBatchTokens: 30, steps: 3)
        configuration.activationCheckpointing = way
        switch what {
        case .bfloat16: configuration.dtype = .bfloat16
        case .dropout: configuration.modelDropout = true
        case .experts: configuration.routerLossCoefficient = 1
        case .coupled: configuration.objective = ObjectiveSelection(.aot)
        case .plain, .gemma, .lora, .evaluated: break
        }
        let folder = try ModelFolder(Fixtures.model(what.model))
        let adapter =
            what == .lora
            ? AdapterSource.new(AdapterConfiguration(rank: 2, dropout: 0.3), seed: 1) : nil
        let policy = try folder.load(.init(dtype: configuration.dtype), adapter: adapter)
        let pairs = (1...6).map {
            pair($0, chosen: 2 + $0, rejected: 8 - $0, sharing: 1, vocabularySize: 61)
        }
        let trainer = try Trainer(
            policy: policy,
            reference: policy.adapterReference
                ?? folder.load(.init(dtype: configuration.dtype, isTrained: false)),
            pairs: PreferencePairs(pairs),
            configuration: configuration
        )
        if what == .evaluated {
            try trainer.evaluate(
                by: EvaluationPlan(pairs.map(Preference.init), steps: 1)
            )
        }
        var outcome = Outcome(metrics: [], weights: [])
        try trainer.train(
            TrainingHooks(
                afterStep: {
                    outcome.metrics.append($0.unlikeTime)
                    return .continue
                },
                afterEvaluation: { outcome.metrics.append($0.metrics.unlikeTime) }
            )
        )
        outcome.weights = try policy.trainedParameters.map { try $0.master.bits() }
        return outcome
    }

    @Test(
        "metrics and weights of a run are the same",
        arguments: Case.allCases,
        [ActivationCheckpointing.selective, .full]
    )
    func run(what: Case, way: ActivationCheckpointing) throws {
        let plain = try Self.run(what, .off)
        #expect(plain.metrics.count == (what == .evaluated ? 6 : 3))
        #expect(try Self.run(what, way) == plain)
    }

    @Test("a run may go on from a checkpoint with more or less kept")
    func resuming() throws {
        let agreements = ActivationCheckpointing.allCases.map { way in
            RunAgreement(
                settings: TrainingConfiguration(activationCheckpointing: way),
                model: "model",
                data: "data"
            )
        }
        for agreement in agreements {
            #expect(try agreement.differences(from: agreements[0]) == [])
        }
    }
}

extension StepMetrics {
    /// All numbers but those of time and memory.
    fileprivate var unlikeTime: [String] {
        named.map { "\($0.name) \($0.value)" }.filter { metric in
            !["time/", "throughput/", "memory/"].contains { metric.hasPrefix($0) }
        }
    }
}
