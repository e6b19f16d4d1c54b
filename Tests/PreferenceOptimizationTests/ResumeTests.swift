import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import TestSupport
import Testing
import Torch

@testable import PreferenceOptimization

/// A run that is broken and resumed is the run that was not, bit for bit.
@Suite struct ResumeTests {
    /// What is trained, and how.
    enum Case: String, CaseIterable {
        case full, bfloat16, lora, following, kto, bco, mixture, average
        case sgd, rmsprop, adafactor, groups, prompts

        var configuration: TrainingConfiguration {
            get throws {
                // Eight pairs by three: a rest of two, and breaks in the middle of an epoch. A
                // step has several micro-batches.
                var configuration = TrainerTests.configuration(
                    batchSize: 3,
                    microBatchTokens: 30,
                    epochs: 4,
                    warmupSteps: 2,
                    shuffles: true
                )
                switch self {
                case .full, .lora: break
                case .bfloat16: configuration.dtype = .bfloat16
                case .following: configuration.referenceSync = ReferenceSync(mixup: 0.6, steps: 2)
                case .kto: configuration.objective = ObjectiveSelection(.kto)
                case .bco: configuration.objective = ObjectiveSelection(.bco)
                case .mixture:
                    configuration.objective = try ObjectiveSelection(
                        ["bco_pair", "sft"],
                        modifiers: ObjectiveModifiers(adaptiveBeta: .init(sensitivity: 0.6))
                    )
                case .average: configuration.averageDecay = 0.9
                case .sgd: configuration.optimizer.kind = .sgd(.init(momentum: 0.9))
                case .rmsprop: configuration.optimizer.kind = .rmsprop(.init(momentum: 0.9))
                case .adafactor:
                    configuration.optimizer.kind = .adafactor(.init())
                    configuration.schedule.shape = .cosine
                case .groups:
                    configuration.optimizer = OptimizerSelection(
                        weightDecay: 0.1,
                        decaysNormsAndBiases: false
                    )
                // Prompts of one, two and five pairs: epochs of two and of three steps.
                case .prompts:
                    configuration.groupsByPrompt = true
                    configuration.batchSize = 5
                }
                return configuration
            }
        }

        func trainer() throws -> (Trainer, ModelFolder) {
            let configuration = try configuration
            let folder = try ModelFolder(Fixtures.llama("llama-tiny"))
            let policy: any CausalLanguageModel
            let reference: (any CausalLanguageModel)?
            if self == .lora {
                policy = try folder.load(
                    adapter: .new(AdapterConfiguration(rank: 2, dropout: 0.3), seed: 1)
                )
                reference = policy.adapterReference
            } else {
                let models = try TinyModels(
                    folder,
                    dtype: configuration.dtype,
                    followsPolicy: self == .following
                )
                (policy, reference) = (models.policy, models.reference)
            }
            let trainer = try Trainer(
                policy: policy,
                reference: reference,
                preferences: self == .prompts
                    ? SharedPromptTests.unevenPrompts
                    : ObjectiveTrainingTests.preferences(configuration.objective.kind),
                configuration: configuration
            )
            return (trainer, folder)
        }
    }

    @Test(
        "weights, optimizer, metrics and all that is remembered are the same",
        arguments: Case.allCases
    )
    func resume(_ what: Case) throws {
        let folder = try TemporaryFolder()
        // Broken after four of eight: the second step of the second epoch.
        let result = try ResumeCheck(folder: folder.url, steps: 8, make: what.trainer).run()
        #expect(result.differences == [])
        #expect(result.brokenAfter == 4)
        // All that is there was compared.
        let last = folder.url.appending(path: "whole/step-000008")
        let names = try FileManager.default.contentsOfDirectory(atPath: last.path)
        let expected: Set =
            what == .lora
            ? ["adapter", "optimizer.safetensors", "state.json", "manifest.json"]
            : ["model", "optimizer.safetensors", "state.json", "manifest.json"]
        let own: [Case: String] = [
            .following: "reference.safetensors", .average: "ema.safetensors",
        ]
        #expect(Set(names) == expected.union(own[what].map { [$0] } ?? []))
        #expect(result.comparedMetrics >= 8 * 15)
    }

    @Test("a check finds a run that is not the same again")
    func finds() throws {
        let folder = try TemporaryFolder()
        var made = 0
        let result = try ResumeCheck(folder: folder.url, steps: 4) {
            made += 1
            if made == 3 {
                // The broken run has lost what its optimizer remembers.
                let place = folder.url.appending(path: "broken/step-000002")
                let (trainer, _) = try Case.full.trainer()
                try TensorFile.write(trainer.optimizer.state, to: Checkpoint.optimizer(in: place))
                try CheckpointManifest(describing: place).write(to: place)
            }
            return try Case.full.trainer()
        }.run()
        #expect(result.differences.contains { $0.hasPrefix("optimizer.safetensors") })
        #expect(result.differences.contains { $0.hasPrefix("model/model.safetensors") })
        #expect(result.differences.contains { $0.hasPrefix("step 4, loss: ") })
    }

    @Test("a run of one step cannot be broken in its middle")
    func oneStep() throws {
        let folder = try TemporaryFolder()
        #expect(throws: SettingError.self) {
            _ = try ResumeCheck(folder: folder.url, steps: 1, make: Case.full.trainer).run()
        }
    }
}
