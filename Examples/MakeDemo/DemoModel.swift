import Files
import Foundation
import OrderedJSON
import Safetensors

/// A small Llama with random weights, as a Hugging Face folder.
struct DemoModel {
    private let hidden = 128
    private let intermediate = 352
    private let layers = 4
    private let heads = 4
    private let keyValueHeads = 2

    /// Writes config.json and model.safetensors.
    ///
    /// - Returns: how many parameters it has.
    func write(to folder: URL, using random: inout SplitMix64) throws -> Int {
        let configuration: JSONValue = [
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": .integer(DemoTokenizer.vocabularySize),
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
            "bos_token_id": .integer(DemoTokenizer.beginning),
            "eos_token_id": .integer(DemoTokenizer.end),
            "torch_dtype": "float32",
        ]
        try AtomicFile.write(
            configuration.indentedText,
            to: folder.appending(path: "config.json")
        )

        let entries = try tensors()
        try SafetensorsWriter.write(
            to: folder.appending(path: "model.safetensors"),
            entries: entries
        ) { entry, write in
            // Norms begin at one, matrices as in transformers: normal, with deviation 0.02.
            let values = (0..<entry.elementCount).map { _ in
                entry.shape.count == 1 ? 1 : Float(0.02 * random.normal())
            }
            try values.withUnsafeBytes { try write($0) }
        }
        return entries.reduce(0) { $0 + $1.elementCount }
    }

    private func tensors() throws -> [TensorEntry] {
        let keys = hidden / heads * keyValueHeads
        var shapes = [("model.embed_tokens.weight", [DemoTokenizer.vocabularySize, hidden])]
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
        return try shapes.map { try TensorEntry(name: $0.0, element: .float32, shape: $0.1) }
    }
}
