import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct NewModelTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A fixture's configuration with other keys.
    private func model(_ fixture: String, _ changes: [String: JSONValue] = [:]) throws -> NewModel {
        var object = try ModelFiles(fixture).configuration
        for (key, value) in changes { object[key] = value }
        return try NewModel(
            configuration: folder.write("new.json", JSONValue.object(object).text)
        )
    }

    private func write(
        _ model: NewModel,
        to name: String,
        seed: UInt64 = 42,
        element: TensorElement = .float32
    ) throws -> URL {
        let url = folder.url.appending(path: name, directoryHint: .isDirectory)
        try model.write(to: url, tokenizer: folder.url, seed: seed, element: element)
        return url
    }

    private func numbers(_ folder: URL, _ name: String) throws -> [Double] {
        let model = try ModelFolder(folder).load()
        return try #require(model.parameters.first { $0.name == name }).master.doubles()
    }

    @Test(
        "a new model has the names and shapes that the architecture loads and transformers saves",
        arguments: GoldenModelTests.models
    )
    func shapes(fixture: String) throws {
        var changes: [String: JSONValue] = ["pad_token_id": 3]
        // A dense minimind is new as a Llama.
        if fixture == "minimind" { changes = [:] }
        let url = try write(model(fixture, changes), to: "new")
        let loaded = try ModelFolder(url).load()
        guard fixture != "minimind" else { return }
        let golden = try ModelFolder(Fixtures.model(fixture)).load()
        #expect(
            loaded.parameters.map { $0.name.replacing("transformer.", with: "") }
                == golden.parameters.map { $0.name.replacing("transformer.", with: "") }
        )
        #expect(loaded.parameters.map(\.master.shape) == golden.parameters.map(\.master.shape))
    }

    @Test(
        "weights begin as in transformers' _init_weights: constants are exact",
        arguments: [
            ("llama-biases", "model.layers.0.self_attn.q_proj.bias", 0),
            ("llama-biases", "model.layers.1.mlp.down_proj.bias", 0),
            ("llama-biases", "model.norm.weight", 1),
            ("qwen3", "model.layers.0.self_attn.q_norm.weight", 1),
            ("gemma2", "model.layers.0.pre_feedforward_layernorm.weight", 0),
            ("gemma3", "model.layers.0.self_attn.k_norm.weight", 0),
            ("gpt2", "transformer.ln_f.weight", 1), ("gpt2", "transformer.ln_f.bias", 0),
            ("gpt2", "transformer.h.0.attn.c_attn.bias", 0),
        ] as [(String, String, Double)]
    )
    func constants(fixture: String, name: String, value: Double) throws {
        let url = try write(model(fixture, ["pad_token_id": 3]), to: "new")
        #expect(try numbers(url, name).allSatisfy { $0 == value })
    }

    @Test(
        "weights begin as in transformers' _init_weights: the others have its deviation",
        arguments: [
            // transformers 5.23 with initializer_range 0.05; GPT-2's c_proj: 0.05 / √(2 · 2).
            ("llama-tiny", "model.layers.0.mlp.gate_proj.weight", 0.05),
            ("llama-tiny", "lm_head.weight", 0.05), ("gpt2", "transformer.wpe.weight", 0.05),
            ("gpt2", "transformer.h.1.mlp.c_proj.weight", 0.025),
            ("gpt2", "transformer.h.0.attn.c_proj.weight", 0.025),
            ("mixtral", "model.layers.0.block_sparse_moe.experts.3.w2.weight", 0.05),
            ("qwen3-moe", "model.layers.0.mlp.gate.weight", 0.05),
        ]
    )
    func deviations(fixture: String, name: String, deviation: Double) throws {
        let url = try write(model(fixture, ["initializer_range": 0.05]), to: "new")
        let numbers = try numbers(url, name)
        let count = Double(numbers.count)
        let mean = numbers.reduce(0, +) / count
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        // Five deviations of a mean and of a variance.
        expectClose(mean, 0, absolute: 5 * deviation / count.squareRoot())
        expectClose(
            variance / deviation / deviation,
            1,
            absolute: 5 * (2 / count).squareRoot()
        )
    }

    @Test(
        "the row of the padding token is zeros, but in GPT-2",
        arguments: [
            ("llama-tiny", ["pad_token_id": 3], 3), ("llama-tiny", [:], nil),
            ("gemma2", ["pad_token_id": .null], nil), ("gpt2", ["pad_token_id": 3], nil),
            ("qwen3-moe", ["pad_token_id": 60], 60),
        ] as [(String, [String: JSONValue], Int?)]
    )
    func padding(fixture: String, changes: [String: JSONValue], row: Int?) throws {
        let model = try model(fixture, changes)
        let url = try write(model, to: "new")
        let name = fixture == "gpt2" ? "transformer.wte.weight" : "model.embed_tokens.weight"
        let numbers = try numbers(url, name)
        let size = numbers.count / model.vocabularySize
        let zeros = (0..<model.vocabularySize).filter { row in
            numbers[row * size..<(row + 1) * size].allSatisfy { $0 == 0 }
        }
        #expect(zeros == (row.map { [$0] } ?? []))
    }

    @Test("the same seed gives the same bytes, another one others")
    func seeds() throws {
        let model = try model("llama-tiny")
        let files = try [(1, "a"), (1, "b"), (2, "c")].map { seed, name in
            try Data(
                contentsOf: write(model, to: name, seed: UInt64(seed))
                    .appending(path: "model.safetensors")
            )
        }
        #expect(files[0] == files[1])
        #expect(files[0] != files[2])
    }

    @Test("in bfloat16 the weights are those of float32, rounded, and config.json says so")
    func bfloat16() throws {
        let model = try model("llama-tiny")
        let name = "model.layers.1.mlp.up_proj.weight"
        let exact = try numbers(write(model, to: "exact"), name)
        let url = try write(model, to: "rounded", element: .bfloat16)
        // Half a unit in the last of 8 bits.
        expectClose(try numbers(url, name), exact, relative: 0x1p-8)
        let configuration = try JSONValue(contentsOf: url.appending(path: "config.json"))
        #expect(configuration.object?["dtype"] == "bfloat16")
    }

    @Test("minimind's experts begin as a Qwen 3 with experts")
    func minimind() throws {
        let url = try write(model("minimind-moe"), to: "new")
        let configuration = try JSONValue(contentsOf: url.appending(path: "config.json"))
        #expect(configuration.object?["model_type"] == "qwen3_moe")
        #expect(try ModelFolder(url).load().routerLoss?.coefficient == 5e-4)
    }

    @Test(
        "a configuration that asks for what cannot be made is an error",
        arguments: [
            (["pad_token_id": 97], "pad_token_id is 97; it must lie within the vocabulary of 97"),
            (["num_hidden_layers": 2_000_000], "asks for more weights than any model has"),
            (
                [
                    "vocab_size": 2_000_000_000, "intermediate_size": 2_000_000_000,
                    "hidden_size": 2_000_000, "head_dim": 8,
                ], "asks for more weights than any model has"
            ),
            (["initializer_range": "big"], "initializer_range is \"big\"; a number from 0"),
        ] as [([String: JSONValue], String)]
    )
    func refused(changes: [String: JSONValue], words: String) throws {
        let error = try #require(throws: ModelError.self) { try model("llama-tiny", changes) }
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.isOneLine)
    }
}
