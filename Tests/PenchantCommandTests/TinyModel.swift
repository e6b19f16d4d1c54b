import Foundation
import OrderedJSON
import Safetensors

/// A Llama of some thousand weights with its tokenizer, to be changed and written as a folder.
struct TinyModel {
    struct Weight {
        var name: String
        var shape: [Int]
        var values: [Float]
    }

    var configuration: JSONObject
    var weights: [Weight]
    var tokenizer: JSONValue = TinyTokenizer.file
    var tokenizerConfiguration: JSONValue = TinyTokenizer.configuration

    /// - Parameter vocabularySize: a few more than the tokenizer has, as models often do.
    init(vocabularySize: Int = TinyTokenizer.vocabularySize + 4, seed: UInt64 = 1) {
        let (hidden, intermediate, layers) = (16, 32, 2)
        configuration = JSONObject([
            ("architectures", ["LlamaForCausalLM"]),
            ("model_type", "llama"),
            ("vocab_size", .integer(vocabularySize)),
            ("hidden_size", .integer(hidden)),
            ("intermediate_size", .integer(intermediate)),
            ("num_hidden_layers", .integer(layers)),
            ("num_attention_heads", 2),
            ("num_key_value_heads", 2),
            ("max_position_embeddings", 256),
            ("rms_norm_eps", 1e-5),
            ("rope_theta", 10000),
            ("hidden_act", "silu"),
            ("tie_word_embeddings", false),
            ("torch_dtype", "float32"),
        ])
        var numbers = Numbers(state: seed)
        weights = []
        func matrix(_ name: String, _ outputs: Int, _ inputs: Int) {
            let values = (0..<outputs * inputs).map { _ in numbers.next() }
            weights.append(Weight(name: name, shape: [outputs, inputs], values: values))
        }
        func norm(_ name: String) {
            let ones = [Float](repeating: 1, count: hidden)
            weights.append(Weight(name: name, shape: [hidden], values: ones))
        }
        matrix("model.embed_tokens.weight", vocabularySize, hidden)
        for layer in 0..<layers {
            let scope = "model.layers.\(layer)"
            norm("\(scope).input_layernorm.weight")
            for name in ["q", "k", "v", "o"] {
                matrix("\(scope).self_attn.\(name)_proj.weight", hidden, hidden)
            }
            norm("\(scope).post_attention_layernorm.weight")
            matrix("\(scope).mlp.gate_proj.weight", intermediate, hidden)
            matrix("\(scope).mlp.up_proj.weight", intermediate, hidden)
            matrix("\(scope).mlp.down_proj.weight", hidden, intermediate)
        }
        norm("model.norm.weight")
        matrix("lm_head.weight", vocabularySize, hidden)
    }

    /// Writes the folder.
    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files: [(String, JSONValue)] = [
            ("config.json", .object(configuration)),
            ("tokenizer.json", tokenizer),
            ("tokenizer_config.json", tokenizerConfiguration),
        ]
        for (name, value) in files {
            try Data(value.indentedText.utf8).write(to: folder.appending(path: name))
        }
        let entries = try weights.map {
            try TensorEntry(name: $0.name, element: .float32, shape: $0.shape)
        }
        let values = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.values) })
        try SafetensorsWriter.write(
            to: folder.appending(path: "model.safetensors"),
            entries: entries
        ) { entry, write in
            try (values[entry.name] ?? []).withUnsafeBytes(write)
        }
    }
}

/// Numbers between −0.5 and 0.5 that look random and are the same everywhere.
private struct Numbers {
    var state: UInt64

    mutating func next() -> Float {
        // Knuth's MMIX generator; its upper bits are the good ones.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / Float(1 << 24) - 0.5
    }
}
