import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import RunReports
import TestSupport
import Testing
import Torch

@testable import PreferenceOptimization

@Suite struct EvaluationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Trains on the first pairs with an evaluation on all.
    private func run(
        _ configuration: TrainingConfiguration,
        _ change: (inout EvaluationPlan) -> Void = { _ in }
    ) throws -> (evaluations: [Evaluation], trainer: Trainer, end: TrainingEnd) {
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let models = try TinyModels(source)
        let all = ObjectiveTrainingTests.preferences(configuration.objective.kind)
        let trainer = try Trainer(
            policy: models.policy,
            reference: configuration.objective.needsReference ? models.reference : nil,
            preferences: Array(all.prefix(4)),
            configuration: configuration
        )
        trainer.checkpoints = CheckpointFolder(folder.url, source: source)
        var plan = EvaluationPlan(all, steps: 1)
        change(&plan)
        try trainer.evaluate(by: plan)
        var found: [Evaluation] = []
        let end = try trainer.train(TrainingHooks(afterEvaluation: { found.append($0) }))
        return (found, trainer, end)
    }

    @Test(
        "an evaluation has the means that a step over the same preferences has",
        arguments: ["sigmoid", "ipo", "aot_pair", "kto", "bco", "plackett_luce", "simpo", "sft"]
    )
    func sameAsStep(name: String) throws {
        guard let objective = Objective.named(name) else { return }
        let selection = ObjectiveSelection(objective)
        // A rate of 0 keeps the policy where it is.
        let still = TrainerTests.configuration(
            objective: selection,
            learningRate: 0,
            batchSize: 8,
            steps: 1
        )
        let (metrics, _, _) = try ObjectiveTrainingTests.train(still)
        let evaluation = try #require(run(still).evaluations.first)
        for (name, value) in metrics[0].ofScores {
            guard case .number(let value) = value else { continue }
            let found = try #require(evaluation.value(of: "eval_\(name)"))
            expectClose(found, value, absolute: Tolerance.order * max(1, abs(value)))
        }
        #expect(evaluation.count == 8)
    }

    @Test("means are exact whatever the size of steps and micro-batches", arguments: [1, 3, 8])
    func batches(size: Int) throws {
        let objective = try ObjectiveSelection(["sigmoid", "sft"])
        func evaluation(_ size: Int, _ tokens: Int) throws -> Evaluation {
            let configuration = TrainerTests.configuration(
                objective: objective,
                learningRate: 0,
                batchSize: size,
                microBatchTokens: tokens,
                steps: 1
            )
            return try #require(run(configuration).evaluations.last)
        }
        let (expected, found) = (try evaluation(8, 4096), try evaluation(size, 1))
        for (name, value) in expected.metrics.ofScores {
            guard case .number(let value) = value else { continue }
            let other = try #require(found.value(of: "eval_\(name)"))
            expectClose(other, value, absolute: Tolerance.order * max(1, abs(value)))
        }
    }

    @Test("evaluations change nothing of training")
    func changesNothing() throws {
        let configuration = TrainerTests.configuration(batchSize: 3, steps: 4, shuffles: true)
        let evaluated = try run(configuration).trainer
        let plain = try run(configuration) { $0.steps = nil }.trainer
        #expect(try evaluated.policy.bits() == plain.policy.bits())
    }

    @Test("there is an evaluation after every so many steps and after the last")
    func dates() throws {
        let configuration = TrainerTests.configuration(batchSize: 2, steps: 5)
        #expect(try run(configuration) { $0.steps = 2 }.evaluations.map(\.step) == [2, 4, 5])
        #expect(try run(configuration) { $0.steps = nil }.evaluations.map(\.step) == [5])
    }

    @Test("the result is the model of the best evaluation, whose checkpoint stays")
    func best() throws {
        // Far too large a rate: what comes after the first steps is worse on the other pairs.
        let configuration = TrainerTests.configuration(learningRate: 0.3, batchSize: 2, steps: 6)
        let (evaluations, trainer, _) = try run(configuration) {
            $0.bestMetric = EvaluationPlan.Metric.all[0]
        }
        let losses = evaluations.compactMap { $0.value(of: "eval_loss") }
        let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
        try #require(best < 5, "the last one is the best: the rate is too small for this test")
        let last = try trainer.policy.bits()
        #expect(try trainer.takeResult() == best + 1)
        #expect(try trainer.policy.bits() != last)
        // What was taken is as good as it was found to be.
        let again = try Trainer(
            policy: trainer.policy,
            reference: TinyModels().reference,
            preferences: ObjectiveTrainingTests.preferences(.pairs),
            configuration: TrainerTests.configuration(learningRate: 0, batchSize: 8, steps: 1),
            startsAtReference: false
        )
        try again.train {
            expectClose($0.loss, losses[best], absolute: Tolerance.order)
            return .stop
        }
    }

    @Test("training ends where evaluations find nothing better")
    func patience() throws {
        let configuration = TrainerTests.configuration(learningRate: 0, batchSize: 2, steps: 9)
        let (evaluations, trainer, end) = try run(configuration) {
            $0.bestMetric = EvaluationPlan.Metric.all[0]
            $0.patience = 2
        }
        // At a rate of 0 the first is the best, for the others are only as good.
        #expect(evaluations.map(\.step) == [1, 2, 3])
        #expect(end == .converged)
        #expect(try trainer.takeResult() == 1)
    }

    @Test("a record prefers more or less as the metric says, and never what is no number")
    func record() {
        let loss = EvaluationPlan.Metric.all[0]
        let margin = EvaluationPlan.Metric.all[2]
        var record = EvaluationRecord()
        let values = [.nan, 2, 2, 3, 1]
        var isBest: [Bool] = []
        for (step, value) in values.enumerated() {
            isBest.append(record.add(value, step: step, by: loss))
        }
        #expect(isBest == [false, true, false, false, true])
        #expect(record.best == .init(metric: "eval_loss", step: 4, value: 1))
        let isMoreBetter = record.add(2, step: 5, by: margin)
        #expect(isMoreBetter)
        for step in 6...7 { _ = record.add(2, step: step, by: margin) }
        #expect(record.sinceBest == 2)
    }

    @Test("rewards come for every pair, in the order of the data, and make the mean margin")
    func rewards() throws {
        let configuration = TrainerTests.configuration(batchSize: 3, steps: 2)
        let evaluation = try #require(
            run(configuration) { $0.keepsRewards = true }.evaluations.last
        )
        #expect(evaluation.rewards.map(\.source.line) == Array(1...8))
        let margins = evaluation.rewards.map { $0.rewards[0] - $0.rewards[1] }
        let mean = try #require(evaluation.value(of: "eval_rewards/margins"))
        expectClose(margins.reduce(0, +) / 8, mean, absolute: 1e-12)
        #expect(abs(mean) > 1e-4)
    }

    @Test("the average is d·average + (1 − d)·weights, is what is evaluated, and is the result")
    func average() throws {
        var configuration = TrainerTests.configuration(batchSize: 4, steps: 3)
        let (plain, trainer, _) = try run(configuration)
        configuration.averageDecay = 0.5
        let (averaged, other, _) = try run(configuration)
        // Training itself is the same.
        #expect(try other.policy.bits() == trainer.policy.bits())
        #expect(averaged[2].metrics.loss != plain[2].metrics.loss)

        // By hand, in float64: after three steps ½·w₃ + ¼·w₂ + ⅛·w₁ + ⅛·w₀.
        let models = try TinyModels()
        var weights = [try models.policy.parameters.map { try $0.master.doubles() }]
        configuration.averageDecay = nil
        try TrainerTests.train(models, configuration, on: Array(samplePairs.prefix(4))) { _ in
            weights.append(try models.policy.parameters.map { try $0.master.doubles() })
            return .continue
        }
        try other.takeResult()
        for (index, parameter) in other.policy.parameters.enumerated() {
            let expected = weights[0][index].indices.map {
                weights[3][index][$0] / 2 + weights[2][index][$0] / 4
                    + (weights[1][index][$0] + weights[0][index][$0]) / 8
            }
            expectClose(try parameter.master.doubles(), expected, absolute: 1e-6)
        }
    }
}
