import Foundation
import LanguageModels
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Torch

/// Every architecture against what transformers gives for the same weights and tokens.
@Suite struct GoldenModelTests {
    static let models =
        mixtures + [
            "llama-tiny", "llama-tiny-tied", "llama-biases", "llama-dynamic", "llama-llama3",
            "llama-yarn", "llama-yarn-mscale", "gpt2", "gpt2-2019", "mistral", "mistral-full",
            "qwen2", "qwen2-window", "qwen3", "phi3", "phi3-longrope", "olmo2", "gemma2", "gemma3",
            "gemma3-plain", "gemma3-images", "minimind", "vermind",
        ]
    /// Those with experts.
    static let mixtures = [
        "mixtral", "qwen3-moe", "qwen3-moe-normalized", "qwen3-moe-first", "minimind-moe",
        "minimind-moe-2025",
    ]
    static let beta = 0.1

    /// DPO's: −log σ(β · margin) = log(e⁰ + e^(−β · margin)).
    ///
    /// - Parameter margins: `[pairs, 1]`.
    static func losses(_ margins: Tensor) throws -> Tensor {
        try Tensor.concatenated([margins * 0, margins * -beta], dimension: 1)
            .logSumExponential(dimension: 1)
    }

    @Test("every fixture is tested")
    func complete() throws {
        let folder = Fixtures.model("llama-tiny").deletingLastPathComponent()
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
                == Set(Self.models + ["dropout.json"])
        )
    }

    @Test(
        "log-probabilities, their sums, DPO's loss and all gradients are those of transformers",
        arguments: models,
        [true, false]
    )
    func golden(model name: String, sharing: Bool) throws {
        let golden = try Golden(name)
        let policy = try ModelFolder(Fixtures.model(name)).load()
        let batch = PackedBatch(
            groups: try golden.groups(),
            sharingPrefixes: sharing,
            lengthClass: policy.lengthClass
        )
        let scores = try Scores(policy, batch)
        try expect(scores, batch, golden, "logps")
        for (column, side) in ["chosen", "rejected"].enumerated() {
            let sums = try scores.sums.reshaped([-1, 2]).narrowed(column..<column + 1, dimension: 1)
            expectClose(
                try sums.doubles(),
                try golden.floats("\(side)_sums"),
                absolute: 10 * Tolerance.model
            )
        }
        let ratios = try (scores.sums - golden.referenceSums()).reshaped([-1, 2])
        let margins =
            try ratios.narrowed(0..<1, dimension: 1) - ratios.narrowed(1..<2, dimension: 1)
        let losses = try Self.losses(margins)
        expectClose(
            try losses.doubles(),
            try golden.floats("losses"),
            absolute: Tolerance.model
        )
        let loss = try losses.mean()
        expectClose([try loss.item()], try golden.floats("loss"), absolute: Tolerance.model)

        try loss.backward()
        for parameter in policy.parameters {
            let expected = try golden.floats("gradient.\(parameter.name)")
            let gradient = try parameter.value.gradient?.doubles()
            // An expert to which no row goes has none.
            #expect(gradient != nil || parameter.name.contains(".experts."), "\(parameter.name)")
            expectClose(
                gradient ?? Array(repeating: 0, count: expected.count),
                expected,
                absolute: Tolerance.model
            )
        }
        let names = golden.file.entries.map(\.name).filter { $0.hasPrefix("gradient.") }
        #expect(names.count == policy.parameters.count)
    }

    @Test(
        "the loss of routers over all tokens and its gradients are those of transformers",
        arguments: mixtures,
        [true, false]
    )
    func routerLoss(model name: String, sharing: Bool) throws {
        let golden = try Golden(name)
        let policy = try ModelFolder(Fixtures.model(name)).load()
        let loss = try #require(policy.routerLoss)
        let groups = try golden.groups().map {
            $0.map { sequence in
                var sequence = sequence
                sequence.isReadWhole = true
                return sequence
            }
        }
        let batch = PackedBatch(groups: groups, sharingPrefixes: sharing)
        let trace = RouterTrace(batch)
        _ = try policy.predictorStates(batch, tracing: trace, checkpointing: .off)
        let share = try loss.share(of: trace)
        expectClose([try share.item()], try golden.floats("aux_loss"), absolute: Tolerance.model)
        try share.backward()
        var flows = 0
        for parameter in policy.parameters {
            let key = "aux_gradient.\(parameter.name)"
            let gradient = try parameter.value.gradient?.doubles() ?? []
            guard golden.file.entry(named: key) != nil else {
                #expect(gradient.allSatisfy { $0 == 0 }, "\(parameter.name)")
                continue
            }
            flows += 1
            expectClose(gradient, try golden.floats(key), absolute: Tolerance.model)
        }
        #expect(flows > 10)

        // The same in two passes that know of each other.
        let halves = [groups[..<1], groups[1...]].map {
            PackedBatch(groups: Array($0), sharingPrefixes: sharing)
        }
        var tally = RouterTally()
        let traces = try withoutGradients {
            try halves.map { batch in
                let trace = RouterTrace(batch)
                _ = try policy.predictorStates(batch, tracing: trace, checkpointing: .off)
                tally.add(trace)
                return trace
            }
        }
        let shares = try traces.map { try loss.share(of: $0, in: tally).item() }
        expectClose(
            [shares[0] + shares[1]],
            try golden.floats("aux_loss"),
            absolute: Tolerance.model
        )
    }

    @Test(
        "a frozen reference has its own log-probabilities",
        arguments: ["llama-tiny", "llama-tiny-tied"]
    )
    func reference(model name: String) throws {
        let golden = try Golden(name)
        let reference = try ModelFolder(Fixtures.model("\(name)/reference"))
            .load(.init(isTrained: false))
        let batch = PackedBatch(groups: try golden.groups())
        let scores = try withoutGradients { try Scores(reference, batch) }
        try expect(scores, batch, golden, "reference_logps")
        expectClose(
            try scores.sums.doubles(),
            try golden.referenceSums().doubles(),
            absolute: 10 * Tolerance.model
        )
        #expect(reference.parameters.allSatisfy { $0.value.gradient == nil })
    }

    private func expect(
        _ scores: Scores,
        _ batch: PackedBatch,
        _ golden: Golden,
        _ name: String,
        tolerance: Double = Tolerance.model
    ) throws {
        let tokens = try scores.tokens.doubles()
        for pair in 0..<Golden.pairCount {
            for (offset, side) in ["chosen", "rejected"].enumerated() {
                let sequence = 2 * pair + offset
                let start = batch.sequenceOffsets[sequence]
                expectClose(
                    Array(tokens[start..<batch.sequenceOffsets[sequence + 1]]),
                    try golden.floats("pair.\(pair).\(side)_\(name)"),
                    absolute: tolerance
                )
            }
        }
    }

    @Test("logits of every row are those of transformers", arguments: models)
    func logits(model name: String) throws {
        let golden = try Golden(name)
        let model = try ModelFolder(Fixtures.model(name)).load(.init(isTrained: false))
        for pair in 0..<Golden.pairCount {
            for side in ["chosen", "rejected"] {
                let tokens = try golden.tokens(pair, side)
                // Everything scored: all rows but the last predict something.
                let sequence = TokenSequence(tokens: tokens, scored: [1..<tokens.count])
                let batch = PackedBatch(groups: [[sequence]])
                expectClose(
                    try model.logits(batch).doubles(),
                    try golden.floats("pair.\(pair).\(side)_logits")
                        .dropLast(model.vocabularySize),
                    absolute: Tolerance.model
                )
            }
        }
    }

    @Test(
        "in bfloat16 the numbers stay near, and gradients reach the layers' own weights",
        arguments: models
    )
    func bfloat16(model name: String) throws {
        let golden = try Golden(name)
        let model = try ModelFolder(Fixtures.model(name)).load(.init(dtype: .bfloat16))
        let batch = PackedBatch(groups: try golden.groups(), lengthClass: model.lengthClass)
        let scores = try Scores(model, batch)
        // Numbers of 8 bits through a dozen products of two layers into log-probabilities around
        // −5: transformers in bfloat16 is off by up to 0.13 with these models, we are by up to 0.11.
        // With experts a row near a tie may go to another one.
        let isMixture = Self.mixtures.contains(name)
        try expect(scores, batch, golden, "logps", tolerance: isMixture ? 1 : 0.2)
        try scores.sums.sum().backward()
        for parameter in model.parameters {
            #expect(parameter.master.dtype == .float32)
            #expect(parameter.value.dtype == .bfloat16)
            let gradient = parameter.value.gradient
            #expect(gradient?.dtype == .bfloat16 || parameter.name.contains(".experts."))
            #expect(parameter.master.gradient == nil)
        }
        let first = try #require(model.parameters.first)
        try withoutGradients { try first.master.fillInPlace(3) }
        try model.refreshValues()
        #expect(try first.value.doubles().allSatisfy { $0 == 3 })
    }

    @Test("saved and loaded again, a model is the same", arguments: models)
    func roundTrip(model name: String) throws {
        let golden = try Golden(name)
        let folder = try TemporaryFolder()
        let source = try ModelFolder(Fixtures.model(name))
        let model = try source.load()
        try source.save(model, to: folder.url)
        let loaded = try ModelFolder(folder.url).load()
        #expect(loaded.parameters.map(\.name) == model.parameters.map(\.name))
        for (saved, original) in zip(loaded.parameters, model.parameters) {
            #expect(try saved.master.hasSameBits(as: original.master), "\(saved.name)")
        }
        let batch = PackedBatch(groups: try golden.groups(), lengthClass: model.lengthClass)
        #expect(try loaded.logits(batch).hasSameBits(as: model.logits(batch)))
        // As transformers reads it: what is not a weight is gone, one tensor has one name.
        let names = try SafetensorsCheckpoint(folder.url).entries.map(\.name)
        #expect(Set(names) == Set(model.parameters.map(\.name)))
    }

    @Test("four answers with nested beginnings get the same numbers, shared or not")
    func fourAnswers() throws {
        let model = try ModelFolder(Fixtures.llama("llama-tiny")).load(.init(isTrained: false))
        let prompt: [Int32] = [1, 40, 41, 42]
        let answers: [[Int32]] = [
            [50, 51, 52, 53, 2], [60, 61, 62, 2], [60, 61, 70, 71, 72, 73, 74, 2], [80, 2],
        ]
        let group = answers.map {
            TokenSequence(tokens: prompt + $0, scored: [4..<(4 + $0.count)])
        }
        let shared = PackedBatch(groups: [group])
        let alone = PackedBatch(groups: [group], sharingPrefixes: false)
        #expect(shared.tokens.count < alone.tokens.count)
        #expect(shared.spans.contains { $0.context.count > 1 })
        expectClose(
            try Scores(model, shared).tokens.doubles(),
            try Scores(model, alone).tokens.doubles(),
            absolute: Tolerance.model
        )
    }

    @Test(
        "a token that the model does not know is an error, as input and as target",
        arguments: [
            ([1, 97, 3], 97), ([1, -1, 3], -1), ([1, 2, 97], 97), ([1, 2, .max], Int(Int32.max)),
        ] as [([Int32], Int)]
    )
    func unknownToken(tokens: [Int32], found: Int) throws {
        let folder = Fixtures.llama("llama-tiny")
        let model = try ModelFolder(folder).load(.init(isTrained: false))
        let batch = PackedBatch(groups: [[TokenSequence(tokens: tokens, scored: [1..<3])]])
        let error = try #require(throws: ModelError.self) { try model.predictorStates(batch) }
        #expect(
            error
                == ModelError(
                    path: folder.path,
                    .tokenOutsideVocabulary(id: found, vocabularySize: 97)
                )
        )
        #expect(error.description.contains("token id \(found) lies outside"))
    }

    @Test("a batch that scores nothing has no states and no gradients", arguments: models)
    func nothingScored(model name: String) throws {
        let model = try ModelFolder(Fixtures.model(name)).load()
        for groups in [[], [[TokenSequence(tokens: [1, 2], scored: [])]]] as [[[TokenSequence]]] {
            let states = try model.predictorStates(PackedBatch(groups: groups))
            #expect(states.shape == [0, model.vocabularyWeight.shape[1]])
            try states.sum().backward()
        }
        #expect(
            try model.parameters.allSatisfy {
                try $0.value.gradient?.doubles().allSatisfy { $0 == 0 } ?? true
            }
        )
    }
}
