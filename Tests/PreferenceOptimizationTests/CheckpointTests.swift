import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import TestSupport
import Testing

@testable import PreferenceOptimization

@Suite struct CheckpointTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Trains six steps with checkpoints as the settings say.
    @discardableResult
    private func train(
        _ settings: CheckpointFolder.Settings,
        steps: Int = 6
    ) throws -> (trainer: Trainer, written: [String]) {
        let (trainer, source) = try ResumeTests.Case.full.trainer()
        trainer.checkpoints = CheckpointFolder(folder.url, source: source, settings: settings)
        var written: [String] = []
        try trainer.train(
            TrainingHooks(
                afterStep: { $0.step == steps ? .stop : .continue },
                afterCheckpoint: { written.append($0.lastPathComponent) }
            )
        )
        return (trainer, written)
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() }
    }

    @Test("the newest stay, and nothing else is left")
    func pruning() throws {
        let (_, written) = try train(.init(steps: 1, kept: 2))
        #expect(written == (1...6).map { "step-00000\($0)" })
        #expect(try names == ["step-000005", "step-000006"])
    }

    @Test("checkpoints are made after so many steps, or seconds, or never")
    func dates() throws {
        #expect(try train(.init(steps: 4)).written == ["step-000004"])
        #expect(try train(.init(seconds: 1e-9)).written.count == 6)
        #expect(try train(.init()).written == [])
    }

    @Test("before a checkpoint is written, and after its step is told, what is kept is called for")
    func order() throws {
        let (trainer, source) = try ResumeTests.Case.full.trainer()
        trainer.checkpoints = CheckpointFolder(
            folder.url,
            source: source,
            settings: .init(steps: 2)
        )
        var events: [String] = []
        try trainer.train(
            TrainingHooks(
                afterStep: {
                    events.append("step \($0.step)")
                    return $0.step == 4 ? .stop : .continue
                },
                beforeCheckpoint: {
                    let names = (try? self.names) ?? []
                    events.append("before, \(names.count) there")
                },
                afterCheckpoint: { events.append($0.lastPathComponent) }
            )
        )
        #expect(
            events == [
                "step 1", "step 2", "before, 0 there", "step-000002", "step 3", "step 4",
                "before, 1 there", "step-000004",
            ]
        )
    }

    @Test(
        "what is not whole is skipped, with the reason",
        arguments: [
            ("optimizer.safetensors", "changed"), ("state.json", "changed"),
            ("model/model.safetensors", "changed"), ("model/config.json", "missing"),
            ("optimizer.safetensors", "cut"), ("manifest.json", "missing"),
            ("manifest.json", "changed"),
        ]
    )
    func torn(name: String, damage: String) throws {
        try train(.init(steps: 3))
        let file = folder.url.appending(path: "step-000006/\(name)")
        var bytes = try Data(contentsOf: file)
        switch damage {
        case "missing": try FileManager.default.removeItem(at: file)
        case "cut": try bytes.dropLast().write(to: file)
        default:
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: file)
        }
        let (checkpoint, skipped) = CheckpointFolder.newest(in: folder.url)
        #expect(checkpoint?.step == 3)
        #expect(skipped.map(\.url.lastPathComponent) == ["step-000006"])
        #expect(skipped[0].reason.contains(name))
    }

    @Test("a checkpoint of another run is refused, with all that differs")
    func mismatch() throws {
        try train(.init(steps: 3), steps: 3)
        let checkpoint = try #require(CheckpointFolder.newest(in: folder.url).checkpoint)
        let models = try TinyModels()
        var configuration = try ResumeTests.Case.full.configuration
        configuration.learningRate = 0.5
        configuration.maximumGradientNorm = .infinity
        configuration.objective = try ObjectiveSelection(["sigmoid"], values: [.beta: 0.3])
        let trainer = try Trainer(
            policy: models.policy,
            reference: models.reference,
            preferences: samplePairs.reversed().map(Preference.init),
            configuration: configuration
        )
        let error = try #require(throws: SettingError.self) {
            try trainer.resume(from: checkpoint)
        }
        #expect(error.name == "resume")
        for words in [
            "learning-rate is 0.5 and was 0.001", "max-grad-norm is \"Infinity\" and was 1",
            "beta is 0.3 and was 0.1", "the data are others, or in another order",
        ] {
            #expect(error.found.contains(words), "\(error)")
        }
        #expect(!error.found.contains("the model,"))
        #expect(trainer.completedSteps == 0)
    }

    @Test("a checkpoint of another model, or of other weights of it, is refused")
    func otherModel() throws {
        try train(.init(steps: 3), steps: 3)
        let checkpoint = try #require(CheckpointFolder.newest(in: folder.url).checkpoint)
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let other = try ModelFolder(Fixtures.llama("llama-tiny/reference")).load()
        let partly = try source.load(.init(trainedNames: NamePattern("norm")))
        let adapted = try source.load(adapter: .new(AdapterConfiguration(rank: 2), seed: 1))
        for (policy, words) in [
            (other, "the model, or which of its weights are trained, is another"),
            (partly, "the model, or which of its weights are trained, is another"),
            (adapted, "an adapter is trained now, and all weights were then"),
        ] {
            let trainer = try Trainer(
                policy: policy,
                reference: policy.adapterReference ?? source.load(.init(isTrained: false)),
                preferences: samplePairs.map(Preference.init),
                configuration: ResumeTests.Case.full.configuration
            )
            let error = try #require(throws: SettingError.self) {
                try trainer.resume(from: checkpoint)
            }
            #expect(error.found.contains(words), "\(error)")
        }
    }

    @Test("settings outside their range are told")
    func settings() {
        for (settings, name) in [
            (CheckpointFolder.Settings(steps: 0), "checkpoint-every"),
            (.init(seconds: 0), "checkpoint-seconds"),
            (.init(seconds: .nan), "checkpoint-seconds"), (.init(kept: 0), "keep-checkpoints"),
        ] {
            let error = #expect(throws: SettingError.self) { try settings.validate() }
            #expect(error?.name == name)
        }
    }
}
