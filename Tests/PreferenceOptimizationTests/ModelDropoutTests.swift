import Files
import LanguageModels
import Objectives
import PreferenceData
import TestSupport
import Testing
import Torch

@testable import PreferenceOptimization

/// Training with the dropout of the policy's own configuration; the tiny GPT-2 has 0.1 everywhere.
@Suite struct ModelDropoutTests {
    private static let pairs = (1...4).map {
        pair($0, chosen: 3 + $0, rejected: 7 - $0, sharing: 1, vocabularySize: 61)
    }

    private func train(
        model: String = "gpt2",
        dropping: Bool,
        objective: Objective = .sigmoid,
        microBatchTokens: Int = 4096,
        seed: UInt64 = 42
    ) throws -> (metrics: [StepMetrics], weights: [[UInt8]]) {
        let models = try TinyModels(ModelFolder(Fixtures.model(model)))
        var configuration = TrainerTests.configuration(
            objective: ObjectiveSelection(objective),
            microBatchTokens: microBatchTokens,
            steps: 2,
            seed: seed
        )
        configuration.modelDropout = dropping
        let metrics = try TrainerTests.train(models, configuration, on: Self.pairs)
        return (metrics, try models.policy.trainedParameters.map { try $0.master.bits() })
    }

    @Test("without being asked for it is off: the first loss is ln 2 exactly")
    func off() throws {
        let first = try #require(train(dropping: false).metrics.first)
        // In float64, from policy and reference whose numbers have the same bits.
        expectClose(first.loss, 0.693_147_180_559_945, absolute: 1e-14)
        #expect(first.rewardsMargin == 0)
    }

    @Test("asked for, policy and reference differ at the first step, which is no error")
    func on() throws {
        let first = try #require(train(dropping: true).metrics.first)
        #expect(abs(first.loss - 0.693_147_180_559_945) > 1e-4)
        #expect(first.rewardsMargin != 0)
    }

    @Test("the same seed gives the same weights, another one others")
    func reproducible() throws {
        let first = try train(dropping: true, seed: 5).weights
        try TorchRuntime.seed(3)
        #expect(try train(dropping: true, seed: 5).weights == first)
        #expect(try train(dropping: true, seed: 6).weights != first)
        #expect(try train(dropping: false, seed: 5).weights != first)
    }

    @Test("a step that scores first and differentiates later drops the same both times")
    func twoPasses() throws {
        // DPO as one that says its pairs depend on each other: each micro-batch then runs twice.
        let sigmoid = Objective.sigmoid
        let coupled = Objective(
            name: "coupled",
            summary: "",
            formula: sigmoid.formula,
            parameters: sigmoid.parameters,
            couplesPairs: true,
            loss: sigmoid.loss
        )
        let runs = try [sigmoid, coupled].map {
            try train(dropping: true, objective: $0, microBatchTokens: 1)
        }
        #expect(runs[0].metrics.map(\.loss) == runs[1].metrics.map(\.loss))
        #expect(runs[0].weights == runs[1].weights)
    }

    @Test("a model that drops nothing is refused with what to do")
    func nothingToDrop() throws {
        let error = try #require(throws: SettingError.self) {
            _ = try train(model: "llama-tiny", dropping: true)
        }
        #expect(
            error.description
                == "--model-dropout is on for a model whose config.json has no dropout above 0; "
                + "a model that drops something, or training without it, is needed"
        )
    }
}
