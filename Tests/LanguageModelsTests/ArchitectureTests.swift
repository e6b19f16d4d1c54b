import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import LanguageModels

/// What the configurations of single architectures say, where it is not what Llama's says.
@Suite struct ArchitectureTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ fixture: String, _ changes: [String: JSONValue?]) throws
        -> any Architecture
    {
        var configuration = try ModelFiles(fixture).configuration
        for (key, value) in changes { configuration[key] = value }
        let url = try folder.write("config.json", JSONValue.object(configuration).text)
        return try Architectures.read(ConfigurationReader(contentsOf: url))
    }

    @Test("Mistral's window is 4096 where the file says nothing, and none where it is null")
    func mistral() throws {
        #expect(try #require(read("mistral", [:]) as? Mistral).window == 4)
        #expect(try #require(read("mistral", ["sliding_window": .null]) as? Mistral).window == nil)
        #expect(
            try #require(read("mistral", ["sliding_window": nil as JSONValue?]) as? Mistral).window
                == 4096
        )
    }

    @Test(
        "Qwen's windows are in listed layers, or from max_window_layers on, and only if turned on",
        arguments: [
            (["use_sliding_window": true, "layer_types": nil], [nil, 3]),
            (["layer_types": nil, "max_window_layers": 0], [3, 3]),
            (["layer_types": nil, "max_window_layers": 2], [nil, nil]),
            (["layer_types": ["sliding_attention", "full_attention"]], [3, nil]),
            (
                [
                    "layer_types": ["full_attention", "full_attention"],
                    "use_sliding_window": false,
                ], [nil, nil]
            ),
            (["layer_types": nil, "use_sliding_window": false], [nil, nil]),
            (["layer_types": nil, "sliding_window": .null], [nil, nil]),
        ] as [([String: JSONValue?], [Int?])]
    )
    func qwen(changes: [String: JSONValue?], windows: [Int?]) throws {
        let qwen = try #require(read("qwen2-window", changes) as? Qwen2)
        #expect((0..<2).map { qwen.windows[$0] } == windows)
    }

    @Test("Gemma's windows alternate where no list says otherwise")
    func gemma() throws {
        let gemma2 = try #require(
            read("gemma2", ["layer_types": nil as JSONValue?]) as? Gemma2
        )
        #expect((0..<4).map { gemma2.windows.isSliding($0) } == [true, false, true, false])
        let gemma3 = try #require(
            read("gemma3", ["sliding_window_pattern": 3]) as? Gemma3
        )
        #expect((0..<4).map { gemma3.windows.isSliding($0) } == [true, true, false, true])
        #expect(gemma3.rotary.map(\.base) == [400, 50])
        #expect(gemma3.rotary.map(\.scaling) == [.linear(factor: 2), .none])
        let plain = try #require(read("gemma3-plain", [:]) as? Gemma3)
        #expect(plain.rotary.map(\.base) == [1_000_000, 10_000])
        #expect(plain.logitSoftCap == nil)
        #expect(try #require(read("gemma2", [:]) as? Gemma2).logitSoftCap == 3)
        let usual: [String: JSONValue?] = [
            "final_logit_softcapping": nil, "attn_logit_softcapping": .null,
        ]
        let other = try #require(read("gemma2", usual) as? Gemma2)
        #expect(other.logitSoftCap == 30)
        #expect(other.options.softCap == nil)
    }

    @Test("early files of Phi-3 call LongRoPE su or yarn", arguments: ["su", "yarn", "longrope"])
    func phi3(name: String) throws {
        let rope: JSONValue = [
            "type": .string(name), "short_factor": [1, 1, 1], "long_factor": [2, 2, 2],
        ]
        let changes: [String: JSONValue?] = [
            "rope_scaling": rope, "partial_rotary_factor": 0.5, "rope_theta": 50.0,
            "original_max_position_embeddings": nil,
        ]
        let rotary = try #require(read("phi3-longrope", changes) as? Phi3).rotary
        #expect(
            rotary.scaling == .longRoPE(short: [1, 1, 1], long: [2, 2, 2], positions: 4096)
        )
        #expect(rotary.dimension == 6)
        #expect(rotary.base == 50)
    }

    @Test(
        "a value that cannot be used is an error with key, value and what is allowed",
        arguments: [
            ("gpt2", ["n_head": 5], "n_embd is 24; it must be a multiple of n_head, 5"),
            ("gpt2", ["n_layer": 0], "n_layer is 0; a positive integer is needed"),
            (
                "gpt2", ["activation_function": "relu"],
                "activation_function is \"relu\"; known are silu, swish, gelu, gelu_new, "
                    + "gelu_pytorch_tanh"
            ),
            (
                "gpt2", ["add_cross_attention": true],
                "add_cross_attention is true; attention to an encoder is not supported"
            ),
            (
                "mistral", ["sliding_window": 0],
                "sliding_window is 0; a positive integer is needed"
            ),
            (
                "qwen2-window", ["max_window_layers": -1],
                "max_window_layers is -1; an integer from 0 is needed"
            ),
            (
                "qwen2-window", ["layer_types": ["full_attention"]],
                "layer_types is [\"full_attention\"]; one for each of the 2 layers is needed"
            ),
            (
                "qwen2-window", ["layer_types": ["full_attention", "chunked_attention"]],
                "layer_types is [\"full_attention\",\"chunked_attention\"]; known are "
                    + "full_attention, sliding_attention"
            ),
            (
                "qwen2-window", ["layer_types": ["full_attention", 1]],
                "layer_types is [\"full_attention\",1]; a list of strings is needed"
            ),
            (
                "qwen2-window", ["use_sliding_window": false],
                "sliding_window is 3; layer_types asks for a window"
            ),
            (
                "phi3", ["partial_rotary_factor": 1.5, "rope_parameters": .null],
                "partial_rotary_factor is 1.5; at most 1 is allowed"
            ),
            (
                "phi3", ["partial_rotary_factor": 0.4, "rope_parameters": .null],
                "partial_rotary_factor is 0.4; rotary embedding needs an even number of each "
                    + "head's 8 elements"
            ),
            (
                "gemma2", ["use_bidirectional_attention": true],
                "use_bidirectional_attention is true; only attention to earlier tokens is supported"
            ),
            (
                "gemma2", ["attn_logit_softcapping": 0],
                "attn_logit_softcapping is 0; a positive number is needed"
            ),
            (
                "gemma3", ["attn_logit_softcapping": 50],
                "attn_logit_softcapping is 50; the architecture has no capped scores; remove it"
            ),
            (
                "minimind", ["use_moe": true],
                "use_moe is true; models with experts are not supported"
            ),
            (
                "vermind", ["inference_rope_scaling": true],
                "inference_rope_scaling is true; it stretches a model for inference only; set it "
                    + "to false"
            ),
        ] as [(String, [String: JSONValue?], String)]
    )
    func refused(fixture: String, changes: [String: JSONValue?], message: String) throws {
        let error = try #require(throws: ModelError.self) { _ = try read(fixture, changes) }
        let path = folder.url.appending(path: "config.json").path
        #expect(error.description == "\(path): \(message)")
    }

    @Test(
        "a configuration that contradicts the weights is an error that names a tensor",
        arguments: [
            ("gpt2", "n_positions", 30, "transformer.wpe.weight"),
            ("gpt2", "n_inner", 50, "transformer.h.0.mlp.c_fc.weight"),
            ("qwen2", "num_key_value_heads", 4, "model.layers.0.self_attn.k_proj.weight"),
            ("qwen3", "head_dim", 12, "model.layers.0.self_attn.q_proj.weight"),
            ("phi3", "intermediate_size", 48, "model.layers.0.mlp.gate_up_proj.weight"),
            ("phi3", "num_key_value_heads", 4, "model.layers.0.self_attn.qkv_proj.weight"),
            ("olmo2", "head_dim", 12, "model.layers.0.self_attn.q_proj.weight"),
            ("gemma2", "vocab_size", 64, "model.embed_tokens.weight"),
            ("gemma3", "hidden_size", 28, "model.embed_tokens.weight"),
        ]
    )
    func contradiction(fixture: String, key: String, value: Int, name: String) throws {
        var files = try ModelFiles(fixture)
        files.configuration[key] = .integer(value)
        try files.write(to: folder)
        let error = try #require(throws: ModelError.self) {
            _ = try ModelFolder(folder.url).load()
        }
        guard case .wrongShape(let found, _, _) = error.kind else {
            Issue.record("\(error)")
            return
        }
        #expect(found == name)
    }
}
