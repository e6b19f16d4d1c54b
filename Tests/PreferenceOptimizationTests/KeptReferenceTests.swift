import Foundation
import LanguageModels
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
import TokenTrees
import Torch

/// Training with what was kept of a reference.
@Suite struct KeptReferenceTests {
    let folder: TemporaryFolder
    let key: ReferenceKey
    let preferences = samplePairs.map(Preference.init)

    init() throws {
        folder = try TemporaryFolder()
        key = try ReferenceKey(ModelFolder(Fixtures.llama("llama-tiny")), dtype: .float32)
    }

    /// How often a reference was loaded.
    private final class Loads {
        var count = 0
    }

    private func trainer(
        _ cache: ReferenceCache?,
        _ loads: Loads = Loads(),
        steps: Int? = nil
    ) throws -> Trainer {
        let models = try TinyModels()
        return try Trainer(
            policy: models.policy,
            reference: cache == nil ? models.reference : nil,
            keptReference: cache.map {
                KeptReference($0) {
                    loads.count += 1
                    return models.reference
                }
            },
            preferences: preferences,
            configuration: TrainerTests.configuration(epochs: 2, steps: steps)
        )
    }

    @Test("the numbers are those of the model itself, bit for bit, and it is loaded once")
    func agreement() throws {
        let own = try trainer(nil).allMetrics()
        let cache = try ReferenceCache(folder: folder.url, key: key)
        let loads = Loads()
        let kept = try trainer(cache, loads).allMetrics()
        #expect(kept.map(\.loss) == own.map(\.loss))
        #expect(kept.map(\.rewardsMargin) == own.map(\.rewardsMargin))
        #expect(kept.map(\.gradientNorm) == own.map(\.gradientNorm))
        #expect(loads.count == 1)
        #expect(cache.count == 2 * preferences.count)
        // Another run asks nothing.
        let again = try trainer(ReferenceCache(folder: folder.url, key: key), loads).allMetrics()
        #expect(again.map(\.loss) == own.map(\.loss))
        #expect(loads.count == 1)
    }

    @Test("what was computed before an interruption is not computed again")
    func interruption() throws {
        let cache = try ReferenceCache(folder: folder.url, key: key)
        _ = try trainer(cache, steps: 1).allMetrics()
        // The first step's four pairs.
        #expect(cache.count == 8)
        let size = try Data(contentsOf: cache.url).count
        let later = try ReferenceCache(folder: folder.url, key: key)
        #expect(later.count == 8)
        _ = try trainer(later, steps: 2).allMetrics()
        #expect(later.count == 2 * preferences.count)
        let added = preferences.dropFirst(4).flatMap(\.sequences).reduce(0) {
            $0 + 24 + 4 * $1.scoredCount
        }
        #expect(try Data(contentsOf: cache.url).count == size + added)
    }

    @Test("what is evaluated is kept too, and a model that was let go is loaded again for it")
    func evaluated() throws {
        let cache = try ReferenceCache(folder: folder.url, key: key)
        let loads = Loads()
        let trainer = try trainer(cache, loads)
        let others = (21...23).map { Preference(pair($0, chosen: 4, rejected: 6)) }
        // At the end alone, in the second pass.
        try trainer.evaluate(by: EvaluationPlan(others))
        var evaluations = 0
        try trainer.train(
            TrainingHooks(
                afterStep: { _ in .continue },
                afterEvaluation: { _ in evaluations += 1 }
            )
        )
        #expect(evaluations == 1)
        #expect(loads.count == 2)
        #expect(cache.count == 2 * (preferences.count + others.count))
    }

    @Test("other weights, another configuration and another dtype have files of their own")
    func keys() throws {
        let tiny = try ModelFolder(Fixtures.llama("llama-tiny"))
        #expect(try ReferenceKey(tiny, dtype: .float32) == key)
        #expect(try ReferenceKey(tiny, dtype: .bfloat16) != key)
        let files = FileManager.default
        let copy = folder.url.appending(path: "copy")
        try files.copyItem(at: tiny.url, to: copy)
        #expect(try ReferenceKey(ModelFolder(copy), dtype: .float32) == key)

        let weights = copy.appending(path: "model.safetensors")
        let original = try Data(contentsOf: weights)
        var changed = original
        changed[changed.count - 1] ^= 1
        try changed.write(to: weights)
        #expect(try ReferenceKey(ModelFolder(copy), dtype: .float32) != key)
        try original.write(to: weights)

        let configuration = copy.appending(path: "config.json")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        #expect(text.contains("\"rms_norm_eps\""))
        try text.replacingOccurrences(of: "\"rms_norm_eps\": 1e", with: "\"rms_norm_eps\": 2e")
            .write(to: configuration, atomically: true, encoding: .utf8)
        #expect(try ReferenceKey(ModelFolder(copy), dtype: .float32) != key)
    }
}
