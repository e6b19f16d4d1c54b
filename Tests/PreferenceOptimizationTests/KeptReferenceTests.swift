import Foundation
import LanguageModels
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
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

    private func trained(_ models: TinyModels, _ kept: ReferenceCache?) throws -> [StepMetrics] {
        let trainer = try Trainer(
            policy: models.policy,
            reference: kept == nil ? models.reference : nil,
            keptReference: kept,
            preferences: preferences,
            configuration: TrainerTests.configuration(epochs: 2)
        )
        return try trainer.allMetrics()
    }

    @Test("the numbers are those of the model itself, but for the order of sums")
    func agreement() throws {
        let models = try TinyModels()
        let cache = try ReferenceCache(folder: folder.url, key: key)
        #expect(preferences.missing(in: cache) == Array(preferences.indices))
        var progress: [Int] = []
        // Other micro-batches than those of training.
        try cache.fill(preferences, with: models.reference, microBatchTokens: 50) {
            progress.append($0)
        }
        #expect(progress.count > 1)
        #expect(progress.last == preferences.count)
        #expect(preferences.missing(in: cache).isEmpty)
        let own = try trained(models, nil)
        let kept = try trained(TinyModels(), cache)
        #expect(own.count == kept.count)
        for (own, kept) in zip(own, kept) {
            expectClose(kept.loss, own.loss, absolute: Tolerance.order)
            expectClose(kept.rewardsMargin, own.rewardsMargin, absolute: Tolerance.order)
            expectClose(kept.gradientNorm, own.gradientNorm, absolute: Tolerance.order)
        }
    }

    @Test("what was scored before an interruption is not scored again")
    func interruption() throws {
        let models = try TinyModels()
        let cache = try ReferenceCache(folder: folder.url, key: key)
        try cache.fill(preferences.prefix(2), with: models.reference, microBatchTokens: 1)
        let later = try ReferenceCache(folder: folder.url, key: key)
        #expect(preferences.missing(in: later) == Array(preferences.indices.dropFirst(2)))
    }

    @Test("a preference that was not scored stops training with its row")
    func missing() throws {
        let cache = try ReferenceCache(folder: folder.url, key: key)
        let error = #expect(throws: TrainingError.self) { try trained(TinyModels(), cache) }
        #expect(error == .referenceIsMissing("\(preferences[0].source)"))
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
