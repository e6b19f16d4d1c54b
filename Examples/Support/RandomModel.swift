import Files
package import Foundation
import OrderedJSON
import Safetensors

/// A small model with random weights, as a Hugging Face folder that reads bytes.
package struct RandomModel {
    private let configuration: JSONValue
    private let shapes: [(name: String, shape: [Int])]

    /// A Llama.
    package static func llama(
        hidden: Int,
        intermediate: Int,
        layers: Int,
        heads: Int,
        keyValueHeads: Int
    ) -> RandomModel {
        let keys = hidden / heads * keyValueHeads
        var shapes = [("model.embed_tokens.weight", [ByteTokenizer.vocabularySize, hidden])]
        for layer in 0..<layers {
            shapes += [
                ("input_layernorm", [hidden]),
                ("self_attn.q_proj", [hidden, hidden]),
                ("self_attn.k_proj", [keys, hidden]),
                ("self_attn.v_proj", [keys, hidden]),
                ("self_attn.o_proj", [hidden, hidden]),
                ("post_attention_layernorm", [hidden]),
                ("mlp.gate_proj", [intermediate, hidden]),
                ("mlp.up_proj", [intermediate, hidden]),
                ("mlp.down_proj", [hidden, intermediate]),
            ].map { ("model.layers.\(layer).\($0.0).weight", $0.1) }
        }
        shapes.append(("model.norm.weight", [hidden]))
        return RandomModel(
            configuration: [
                "architectures": ["LlamaForCausalLM"],
                "model_type": "llama",
                "vocab_size": .integer(ByteTokenizer.vocabularySize),
                "hidden_size": .integer(hidden),
                "intermediate_size": .integer(intermediate),
                "num_hidden_layers": .integer(layers),
                "num_attention_heads": .integer(heads),
                "num_key_value_heads": .integer(keyValueHeads),
                "hidden_act": "silu",
                "max_position_embeddings": 512,
                "rms_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "tie_word_embeddings": true,
                "bos_token_id": .integer(ByteTokenizer.beginning),
                "eos_token_id": .integer(ByteTokenizer.end),
                "torch_dtype": "float32",
            ],
            shapes: shapes
        )
    }

    /// A GPT-2.
    ///
    /// - Parameter vocabularySize: how many tokens it knows, of whatever tokenizer.
    package static func gpt2(
        vocabularySize: Int = ByteTokenizer.vocabularySize,
        hidden: Int,
        layers: Int,
        heads: Int
    ) -> RandomModel {
        let positions = 512
        var shapes = [
            ("transformer.wte.weight", [vocabularySize, hidden]),
            ("transformer.wpe.weight", [positions, hidden]),
        ]
        func layer(_ name: String, _ shape: [Int]) {
            shapes += [
                ("transformer.\(name).weight", shape),
                ("transformer.\(name).bias", [shape[shape.count - 1]]),
            ]
        }
        for number in 0..<layers {
            layer("h.\(number).ln_1", [hidden])
            layer("h.\(number).attn.c_attn", [hidden, 3 * hidden])
            layer("h.\(number).attn.c_proj", [hidden, hidden])
            layer("h.\(number).ln_2", [hidden])
            layer("h.\(number).mlp.c_fc", [hidden, 4 * hidden])
            layer("h.\(number).mlp.c_proj", [4 * hidden, hidden])
        }
        layer("ln_f", [hidden])
        return RandomModel(
            configuration: [
                "architectures": ["GPT2LMHeadModel"],
                "model_type": "gpt2",
                "vocab_size": .integer(vocabularySize),
                "n_embd": .integer(hidden),
                "n_layer": .integer(layers),
                "n_head": .integer(heads),
                "n_positions": .integer(positions),
                "activation_function": "gelu_new",
                "layer_norm_epsilon": 1e-5,
                "tie_word_embeddings": true,
                "torch_dtype": "float32",
            ],
            shapes: shapes
        )
    }

    /// Writes config.json and model.safetensors.
    ///
    /// - Returns: how many parameters it has.
    @discardableResult
    package func write(to folder: URL, using random: inout SplitMix64) throws -> Int {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try AtomicFile.write(
            configuration.indentedText,
            to: folder.appending(path: "config.json")
        )
        let entries = try shapes.map {
            try TensorEntry(name: $0.name, element: .float32, shape: $0.shape)
        }
        try SafetensorsWriter.write(
            to: folder.appending(path: "model.safetensors"),
            entries: entries
        ) { entry, write in
            let values = (0..<entry.elementCount).map { _ in
                Self.value(of: entry, using: &random)
            }
            try values.withUnsafeBytes { try write($0) }
        }
        return entries.reduce(0) { $0 + $1.elementCount }
    }

    /// Norms begin at one and biases at zero, matrices as in transformers: normal, with deviation
    /// 0.02.
    private static func value(of entry: TensorEntry, using random: inout SplitMix64) -> Float {
        if entry.name.hasSuffix(".bias") { return 0 }
        return entry.shape.count == 1 ? 1 : Float(0.02 * random.normal())
    }
}
