import Foundation
import LanguageModels
import PreferenceData
import TestSupport
import Testing
import Torch

@testable import PreferenceOptimization

/// Steps whose numbers are not finite.
@Suite struct RefusedStepTests {
    /// The sample pairs, of which one, the fourth by default, counts so much that float32 cannot
    /// say it.
    private func preferences(spoiling spoilt: Int? = 3) -> [Preference] {
        var all = samplePairs.map { Preference($0) }
        if let spoilt { all[spoilt].weight = 1e300 }
        return all
    }

    private func trainer(
        _ models: TinyModels,
        _ preferences: [Preference],
        learningRate: Double = 1e-3,
        skipping: Bool = true
    ) throws -> Trainer {
        let trainer = try Trainer(
            policy: models.policy,
            reference: models.reference,
            preferences: preferences,
            configuration: TrainingConfiguration(
                learningRate: learningRate,
                schedule: LearningRateSchedule(.constant),
                batchSize: 2,
                epochs: 1,
                shuffles: false
            )
        )
        trainer.skipsRefusedSteps = skipping
        return trainer
    }

    @Test("a skipped step leaves no trace: all is as if its rows had not been there")
    func skipping() throws {
        let models = try TinyModels()
        let trainer = try trainer(models, preferences())
        var refused: [RefusedStep] = []
        var steps: [StepMetrics] = []
        try trainer.train(
            TrainingHooks(
                afterStep: {
                    steps.append($0)
                    return .continue
                },
                onTrouble: { if case .refusedStep(let step) = $0 { refused.append(step) } }
            )
        )
        let step = try #require(refused.first)
        #expect(refused.count == 1)
        #expect(step.step == 2 && step.isSkipped)
        #expect(step.preferences.map { "\($0.source)" } == ["pairs.jsonl:3", "pairs.jsonl:4"])
        #expect(steps.map(\.step) == [1, 3, 4])
        #expect(steps.map(\.skippedSteps) == [0, 1, 1])
        #expect(trainer.skippedSteps == 1)

        let others = try TinyModels()
        var rest = preferences()
        rest.removeSubrange(2..<4)
        let whole = try self.trainer(others, rest, skipping: false)
        var expected: [StepMetrics] = []
        try whole.train { metrics in
            expected.append(metrics)
            return .continue
        }
        #expect(try models.policy.bits() == others.policy.bits())
        #expect(steps.map(\.loss) == expected.map(\.loss))
        #expect(expected.map(\.skippedSteps) == [nil, nil, nil])
    }

    @Test("without the switch the step ends training, after what was reached is saved")
    func ending() throws {
        let folder = try TemporaryFolder()
        let models = try TinyModels()
        let trainer = try trainer(models, preferences(), skipping: false)
        trainer.checkpoints = try CheckpointFolder(
            folder.url,
            source: ModelFolder(Fixtures.llama("llama-tiny"))
        )
        var told: [Bool] = []
        var saved: [String] = []
        var after: [[UInt8]] = []
        let hooks = TrainingHooks(
            afterStep: { _ in
                after = try models.policy.bits()
                return .continue
            },
            afterCheckpoint: { saved.append($0.lastPathComponent) },
            onTrouble: { if case .refusedStep(let step) = $0 { told.append(step.isSkipped) } }
        )
        let error = try #require(throws: TrainingError.self) { try trainer.train(hooks) }
        guard case .notFinite(_, let step, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(step == 2)
        #expect(told == [false])
        #expect(saved == ["step-000001"])
        #expect(try models.policy.bits() == after)
        #expect(CheckpointFolder.newest(in: folder.url).checkpoint?.step == 1)
        #expect(CheckpointFolder.newest(in: folder.url, before: 1).checkpoint == nil)
    }

    @Test("ten refused steps in a row end training also where they are skipped")
    func tooMany() throws {
        let spoilt = (0..<12).flatMap { _ in
            [preferences()[3], preferences(spoiling: nil)[0]]
        }
        let trainer = try trainer(TinyModels(), spoilt)
        var told: [Bool] = []
        #expect(throws: TrainingError.self) {
            try trainer.train(
                TrainingHooks(
                    onTrouble: {
                        if case .refusedStep(let step) = $0 { told.append(step.isSkipped) }
                    }
                )
            )
        }
        #expect(told == Array(repeating: true, count: 9) + [false])
    }

    @Test("an update that leaves float32 is taken back, weights and optimizer alike")
    func update() throws {
        let models = try TinyModels()
        let trainer = try trainer(models, preferences(spoiling: nil), learningRate: 1e39)
        let before = try models.policy.bits()
        let state = try trainer.optimizer.state.map { try $0.tensor.bits() }
        var quantities: [String] = []
        try trainer.train(
            TrainingHooks(
                onTrouble: {
                    if case .refusedStep(let step) = $0 { quantities.append(step.quantity) }
                }
            )
        )
        #expect(quantities.count == 4)
        #expect(quantities.first == "updated weight model.embed_tokens.weight")
        #expect(try models.policy.bits() == before)
        #expect(try trainer.optimizer.state.map { try $0.tensor.bits() } == state)
    }

    @Test("skipped steps are counted on after a checkpoint")
    func resuming() throws {
        let folder = try TemporaryFolder()
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let first = try trainer(TinyModels(), preferences())
        first.checkpoints = CheckpointFolder(folder.url, source: source, settings: .init(steps: 2))
        try first.train { $0.step == 3 ? .stop : .continue }
        let checkpoint = try #require(CheckpointFolder.newest(in: folder.url).checkpoint)
        #expect(checkpoint.step == 2)
        let second = try trainer(TinyModels(), preferences())
        try second.resume(from: checkpoint)
        #expect(second.skippedSteps == 1)
        try second.train { metrics in
            #expect(metrics.skippedSteps == 1)
            return .continue
        }
        #expect(second.completedSteps == 4)
    }

    @Test("looking at a step names the module that goes wrong first, and the row")
    func inspecting() throws {
        let models = try TinyModels()
        let name = "model.layers.1.mlp.up_proj.weight"
        let weight = try #require(models.policy.parameters.first { $0.name == name })
        // Each number of the product is one of 32 summands times 1e38 or more.
        try withoutGradients { try weight.master.fillInPlace(3e38) }
        let trainer = try trainer(models, preferences(spoiling: nil))
        let inspection = try trainer.inspect(step: 1)
        let finding = try #require(inspection.finding)
        #expect(finding.module == "model.layers.1.mlp.up_proj")
        #expect(finding.part == .output)
        #expect(finding.row?.hasPrefix("pairs.jsonl:") == true)
        #expect(inspection.metrics == nil)
        #expect(inspection.refused?.step == 1)
        #expect(inspection.looks.first?.module == "reference embedding")
    }

    @Test("looking at a step finds the row whose loss is the cause")
    func inspectingLosses() throws {
        let inspection = try trainer(TinyModels(), preferences()).inspect(step: 2)
        let finding = try #require(inspection.finding)
        #expect(finding.module == "objective")
        #expect(finding.row == "pairs.jsonl:4, chosen")
    }

    @Test("a step that is looked at is the step that would have been, behind those before it")
    func inspectingChangesNothing() throws {
        let (one, other) = (try TinyModels(), try TinyModels())
        let inspection = try trainer(one, preferences(spoiling: nil)).inspect(step: 3)
        #expect(inspection.finding == nil)
        #expect(inspection.refused == nil)
        var expected: StepMetrics?
        try trainer(other, preferences(spoiling: nil), skipping: false).train { metrics in
            expected = metrics
            return metrics.step == 3 ? .stop : .continue
        }
        #expect(inspection.metrics?.loss == expected?.loss)
        #expect(inspection.metrics?.gradientNorm == expected?.gradientNorm)
        #expect(try one.policy.bits() == other.policy.bits())
        let last = inspection.looks.last
        #expect(last?.part == .weightGradient)
        // Every trained weight was looked at.
        #expect(
            inspection.looks.filter { $0.part == .weightGradient }.count
                == one.policy.trainedParameters.count
        )
    }
}
