import OrderedJSON
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

/// What is computed again is what was computed, bit for bit.
@Suite struct ActivationCheckpointingTests {
    static let ways: [ActivationCheckpointing] = [.selective, .full]

    static let models = [
        "llama-tiny", "llama-tiny-tied", "llama-biases", "mistral", "qwen2-window", "qwen3", "phi3",
        "olmo2", "gpt2", "gemma2", "gemma3", "minimind", "mixtral", "qwen3-moe",
        "qwen3-moe-first", "minimind-moe", "minimind-moe-2025",
    ]

    /// States, the routers' loss and all gradients of a batch, and how many products were made
    /// again.
    private struct Outcome {
        var tensors: [Tensor?]
        var productsAgain: Int
    }

    private static func outcome(
        _ model: any CausalLanguageModel,
        _ batch: PackedBatch,
        _ checkpointing: ActivationCheckpointing,
        dropping: Bool = false
    ) throws -> Outcome {
        let trace = model.routerLoss == nil ? nil : RouterTrace(batch)
        func states() throws -> Tensor {
            try model.predictorStates(batch, tracing: trace, checkpointing: checkpointing)
        }
        let place = DropoutPlace(seed: 1, step: 2, microBatch: 3, includesModel: dropping)
        try OperationProfile.begin()
        let states = try model.dropping(at: place, states)
        var loss = try (states * Tensor.sample(states.shape, states.dtype, seed: 9)).sum()
        var tensors: [Tensor?] = [states]
        if let trace, let share = try model.routerLoss?.share(of: trace) {
            // Large, so that it shows.
            loss = try loss + share * 10
            tensors.append(share)
        }
        try loss.backward()
        let again = try OperationProfile.end().entries.filter { $0.section == .recomputation }
        for parameter in model.trainedParameters {
            // Of a vocabulary matrix that is no embedding, and of experts not chosen, there is none.
            tensors.append(parameter.value.gradient)
            try parameter.value.setGradient(nil)
        }
        return Outcome(
            tensors: tensors,
            productsAgain: again.filter { $0.operation.contains("mm") }
                .reduce(0) { $0 + $1.callCount }
        )
    }

    private static func expectSame(
        _ model: any CausalLanguageModel,
        _ batch: PackedBatch,
        _ way: ActivationCheckpointing,
        dropping: Bool = false
    ) throws {
        let plain = try outcome(model, batch, .off, dropping: dropping)
        let again = try outcome(model, batch, way, dropping: dropping)
        #expect(plain.productsAgain == 0)
        #expect(again.productsAgain > 0)
        #expect(again.tensors.count == plain.tensors.count)
        for (own, other) in zip(again.tensors, plain.tensors) {
            guard let own, let other else {
                #expect(own == nil && other == nil)
                continue
            }
            #expect(try own.hasSameBits(as: other))
        }
        #expect(plain.tensors.count { $0 != nil } > 1)
    }

    private static func batch(_ name: String) throws -> PackedBatch {
        let groups = try Golden(name).groups()
        guard try ModelFolder(Fixtures.model(name)).load().routerLoss != nil else {
            return PackedBatch(groups: groups)
        }
        return PackedBatch(
            groups: groups.map {
                $0.map { sequence in
                    var sequence = sequence
                    sequence.isReadWhole = true
                    return sequence
                }
            }
        )
    }

    @Test(
        "values and gradients of every architecture are those without",
        arguments: models,
        ways
    )
    func architectures(name: String, way: ActivationCheckpointing) throws {
        for dtype in [DType.float32, .bfloat16] {
            let model = try ModelFolder(Fixtures.model(name)).load(.init(dtype: dtype))
            try Self.expectSame(model, Self.batch(name), way)
        }
    }

    @Test(
        "what a model drops is dropped again",
        arguments: [("gpt2", "attn_pdrop"), ("phi3", "resid_pdrop"), ("minimind", "dropout")],
        ways
    )
    func dropout(model: (name: String, key: String), way: ActivationCheckpointing) throws {
        let folder = try TemporaryFolder()
        var files = try ModelFiles(model.name)
        files.configuration[model.key] = 0.3
        try files.write(to: folder)
        let loaded = try ModelFolder(folder.url).load()
        try Self.expectSame(loaded, Self.batch(model.name), way, dropping: true)
    }

    @Test(
        "adapters get the same gradients, with what they drop, where no input of theirs has any",
        arguments: [false, true],
        ways
    )
    func adapters(usesDoRA: Bool, way: ActivationCheckpointing) throws {
        let configuration = AdapterConfiguration(rank: 4, dropout: 0.3, usesDoRA: usesDoRA)
        for name in ["llama-tiny", "gpt2", "mixtral"] {
            let model = try ModelFolder(Fixtures.model(name)).load(
                adapter: .new(configuration, seed: 1)
            )
            // B is zero in a new adapter, and so would be A's gradient.
            for (index, parameter) in model.trainedParameters.enumerated() {
                try withoutGradients {
                    try parameter.value.copyInPlace(
                        Tensor.sample(parameter.value.shape, seed: UInt64(index + 1), scale: 0.1)
                    )
                }
            }
            try Self.expectSame(model, Self.batch(name), way)
        }
    }

    @Test("of chosen weights behind frozen ones each gets its gradient", arguments: ways)
    func chosenWeights(way: ActivationCheckpointing) throws {
        for pattern in ["layers.0.mlp", "layers.0.mlp.down_proj|norm", "layers.*proj"] {
            let model = try ModelFolder(Fixtures.model("llama-tiny")).load(
                .init(trainedNames: NamePattern(pattern))
            )
            try Self.expectSame(model, Self.batch("llama-tiny"), way)
        }
    }

    @Test("layers before the first trained weight are not computed again", arguments: ways)
    func frozenLayers(way: ActivationCheckpointing) throws {
        let model = try ModelFolder(Fixtures.model("llama-tiny")).load(
            .init(trainedNames: NamePattern("layers.1|model.norm"))
        )
        let outcome = try Self.outcome(model, Self.batch("llama-tiny"), way)
        #expect(outcome.productsAgain == 0)
    }

    @Test("without gradients nothing is kept, and values are the same", arguments: ways)
    func withoutRecording(way: ActivationCheckpointing) throws {
        let model = try ModelFolder(Fixtures.model("qwen3-moe")).load()
        let batch = try Self.batch("qwen3-moe")
        let traces = [RouterTrace(batch), RouterTrace(batch)]
        let states = try withoutGradients {
            try zip(traces, [.off, way]).map {
                try model.predictorStates(batch, tracing: $0, checkpointing: $1)
            }
        }
        #expect(try states[0].hasSameBits(as: states[1]))
        #expect(!states[1].requiresGradient)
        #expect(traces[0].layers.map(\.choices) == traces[1].layers.map(\.choices))
    }

    @Test("who looks at the numbers sees each once", arguments: ways)
    func inspection(way: ActivationCheckpointing) throws {
        let model = try ModelFolder(Fixtures.model("llama-tiny")).load()
        let looks = try [.off, way].map { way in
            let search = NumberInspection()
            _ = try search.watch { try Self.outcome(model, Self.batch("llama-tiny"), way) }
            return search.looks
        }
        #expect(looks[0].count > 50)
        #expect(looks[0] == looks[1])
    }
}
