import OrderedJSON
import Safetensors

/// A Llama of 1.3 million weights that follow from their names and a seed, with no file.
///
/// The model of MA-RLHF's DPO notebook: 32 tokens, 2 layers, 256 wide, all else as
/// `LlamaConfig()` of transformers has it.
public enum ToyLlama {
    private static let vocabularySize = 32
    private static let hiddenSize = 256
    private static let intermediateSize = 512
    private static let layerCount = 2
    private static let headCount = 4

    /// What messages say instead of a path.
    private static let path = "the toy model"

    /// Makes the model.
    ///
    /// - Parameters:
    ///   - seed: of all its weights.
    ///   - options: how they are brought into memory.
    public static func model(
        seed: UInt64,
        _ options: ParameterStore.Options = .init()
    ) throws -> any CausalLanguageModel {
        let configuration = JSONObject([
            ("vocab_size", .integer(vocabularySize)),
            ("hidden_size", .integer(hiddenSize)),
            ("intermediate_size", .integer(intermediateSize)),
            ("num_hidden_layers", .integer(layerCount)),
            ("num_attention_heads", .integer(headCount)),
        ])
        let weights = SeededWeights(try entries(), seed: seed)
        return try Llama(ConfigurationReader(path: path, object: configuration))
            .model(ParameterStore(weights, path: path, options: options))
    }

    private static func entries() throws -> [TensorEntry] {
        let (hidden, intermediate) = (hiddenSize, intermediateSize)
        var shapes = [("model.embed_tokens", [vocabularySize, hidden])]
        for layer in 0..<layerCount {
            shapes += [
                ("input_layernorm", [hidden]),
                ("self_attn.q_proj", [hidden, hidden]),
                ("self_attn.k_proj", [hidden, hidden]),
                ("self_attn.v_proj", [hidden, hidden]),
                ("self_attn.o_proj", [hidden, hidden]),
                ("post_attention_layernorm", [hidden]),
                ("mlp.gate_proj", [intermediate, hidden]),
                ("mlp.up_proj", [intermediate, hidden]),
                ("mlp.down_proj", [hidden, intermediate]),
            ].map { ("model.layers.\(layer).\($0.0)", $0.1) }
        }
        shapes += [("model.norm", [hidden]), ("lm_head", [vocabularySize, hidden])]
        return try shapes.map {
            try TensorEntry(name: "\($0.0).weight", element: .float32, shape: $0.1)
        }
    }
}
