import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

/// A model with an adapter that PEFT made, by Tools/make_golden_adapters.py.
struct AdapterCase: Sendable, CustomTestStringConvertible {
    var model: String
    var name: String

    init(_ model: String, _ name: String) { (self.model, self.name) = (model, name) }

    static let all = [
        AdapterCase("llama-tiny", "lora"), AdapterCase("llama-tiny", "rslora"),
        AdapterCase("llama-tiny", "dora"), AdapterCase("llama-biases", "dora"),
        AdapterCase("qwen3", "patterns"), AdapterCase("gpt2", "lora"),
        AdapterCase("gpt2", "dora"), AdapterCase("gpt2-2019", "lora"),
    ]

    var testDescription: String { "\(model) \(name)" }
    var url: URL { Fixtures.model("\(model)/adapters/\(name)") }

    func load(isTrained: Bool = true, dtype: DType = .float32) throws -> any CausalLanguageModel {
        try ModelFolder(Fixtures.model(model)).load(
            .init(dtype: dtype, isTrained: isTrained),
            adapter: .saved(try AdapterFolder(url))
        )
    }
}

/// Adapters against what PEFT gives for the same weights and tokens.
@Suite struct GoldenAdapterTests {
    @Test(
        "log-probabilities, DPO's loss and the gradients of the adapter are those of PEFT",
        arguments: AdapterCase.all,
        [true, false]
    )
    func golden(adapter: AdapterCase, sharing: Bool) throws {
        let golden = try Golden(adapter.model, adapter: adapter.name)
        let policy = try adapter.load()
        let batch = PackedBatch(
            groups: try Golden(adapter.model).groups(),
            sharingPrefixes: sharing,
            lengthClass: policy.lengthClass
        )
        let scores = try Scores(policy, batch)
        let base = try ModelFolder(Fixtures.model(adapter.model)).load(.init(isTrained: false))
        let off = try Scores(base, batch)
        try expect(scores, batch, golden, "logps")
        try expect(off, batch, golden, "reference_logps")

        let ratios = try (scores.sums - off.sums.detached()).reshaped([-1, 2])
        let margins =
            try ratios.narrowed(0..<1, dimension: 1) - ratios.narrowed(1..<2, dimension: 1)
        let loss = try GoldenModelTests.losses(margins).mean()
        expectClose([try loss.item()], try golden.floats("loss"), absolute: 1e-5)
        try loss.backward()
        let trained = policy.trainedParameters
        for parameter in trained {
            let expected = try golden.floats("gradient.\(parameter.name)")
            let gradient = try #require(parameter.value.gradient, "\(parameter.name)")
            // Float32 against float64, and numbers of a tensor are sums of numbers of one size: a
            // small one has no fewer roundings behind it than the largest.
            let largest = expected.map(abs).max() ?? 0
            expectClose(try gradient.doubles(), expected, absolute: 1e-5 * Double(max(1, largest)))
        }
        let names = golden.file.entries.map(\.name).filter { $0.hasPrefix("gradient.") }
        #expect(Set(names) == Set(trained.map { "gradient.\($0.name)" }))
        #expect(policy.parameters.allSatisfy { $0.value.gradient == nil })
    }

    private func expect(
        _ scores: Scores,
        _ batch: PackedBatch,
        _ golden: Golden,
        _ name: String
    ) throws {
        let tokens = try scores.tokens.doubles()
        for sequence in 0..<batch.sequenceCount {
            let side = sequence.isMultiple(of: 2) ? "chosen" : "rejected"
            let offsets = batch.sequenceOffsets
            expectClose(
                Array(tokens[offsets[sequence]..<offsets[sequence + 1]]),
                try golden.floats("pair.\(sequence / 2).\(side)_\(name)"),
                absolute: Tolerance.model
            )
        }
    }

    @Test("a merged model has the logits of PEFT's merged model", arguments: AdapterCase.all)
    func merged(adapter: AdapterCase) throws {
        let folder = try TemporaryFolder()
        let destination = folder.url.appending(path: "merged")
        let source = try ModelFolder(Fixtures.model(adapter.model))
        try source.merge(AdapterFolder(adapter.url), to: destination)
        let model = try ModelFolder(destination).load(.init(isTrained: false))
        let tokens = try Golden(adapter.model).tokens(0, "chosen")
        let batch = PackedBatch(
            groups: [[TokenSequence(tokens: tokens, scored: [1..<tokens.count])]]
        )
        let golden = try Golden(adapter.model, adapter: adapter.name)
        let expected = try Array(
            golden.floats("merged_logits").dropLast(model.vocabularySize)
        )
        // What the product asks for: two layers in float32 with logits up to 5.
        expectClose(try model.logits(batch).doubles(), expected, absolute: 1e-5)
        let adapted = try adapter.load(isTrained: false)
        expectClose(try adapted.logits(batch).doubles(), expected, absolute: 1e-5)
        // What no adapter changes is what it was, bit for bit.
        let base = try source.load(.init(isTrained: false))
        let changed = Set(adapted.adapter?.layers.map(\.weight) ?? [])
        #expect(!changed.isEmpty)
        for (new, old) in zip(model.parameters, base.parameters) {
            let isSame = try new.master.hasSameBits(as: old.master)
            #expect(isSame != changed.contains(old.name), "\(old.name)")
        }
    }

    @Test("saved and loaded again, an adapter is the same", arguments: AdapterCase.all)
    func roundTrip(adapter: AdapterCase) throws {
        let folder = try TemporaryFolder()
        let model = try adapter.load()
        let saved = try #require(model.adapter)
        try AdapterFolder.save(saved, to: folder.url)
        let old = try SafetensorsCheckpoint(
            adapter.url.appending(path: "adapter_model.safetensors")
        )
        let new = try SafetensorsCheckpoint(folder.url.appending(path: "adapter_model.safetensors"))
        #expect(Set(new.entries.map(\.name)) == Set(old.entries.map(\.name)))
        for entry in new.entries {
            #expect(old.entry(named: entry.name)?.shape == entry.shape)
            let bytes = try old.withBytes(of: entry.name) { Array($0) }
            #expect(try new.withBytes(of: entry.name) { Array($0) } == bytes)
        }
        // Each key that we write has the value that PEFT wrote.
        let theirs = try JSONValue(contentsOf: adapter.url.appending(path: "adapter_config.json"))
        let ours = try JSONValue(contentsOf: folder.url.appending(path: "adapter_config.json"))
        for (key, value) in ours.object?.members ?? [] {
            #expect(theirs[key] == value, "\(key)")
        }
        #expect(try AdapterFolder(folder.url).configuration == saved.configuration)
    }

    @Test("in bfloat16 the numbers stay near, with float32 masters", arguments: AdapterCase.all)
    func bfloat16(adapter: AdapterCase) throws {
        let model = try adapter.load(dtype: .bfloat16)
        let batch = PackedBatch(
            groups: try Golden(adapter.model).groups(),
            lengthClass: model.lengthClass
        )
        let scores = try Scores(model, batch)
        let exact = try Scores(adapter.load(isTrained: false), batch)
        // As for models without an adapter: see GoldenModelTests.
        expectClose(try scores.tokens.doubles(), try exact.tokens.doubles(), absolute: 0.2)
        try scores.sums.sum().backward()
        for parameter in model.trainedParameters {
            #expect(parameter.master.dtype == .float32)
            #expect(try #require(parameter.value.gradient).dtype == parameter.value.dtype)
        }
    }
}
