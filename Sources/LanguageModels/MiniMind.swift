// Follows github.com/jingyaogong/minimind, model/model_minimind.py, and
// github.com/nev8rz/vermind, vermind_models/models/modeling_vermind.py.
import OrderedJSON

/// minimind and VerMind, without experts: Llama; or Qwen 3, where the weights have its norms.
///
/// Both have code of their own and keys of their own. A saved model is a plain Llama or Qwen 3,
/// which transformers loads without that code. Their dropouts are not applied.
struct MiniMind: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(
            file,
            .init(maximumPositions: 32_768, tiesEmbeddings: true)
        )
        try file.require(
            "use_moe",
            try !file.bool("use_moe", default: false),
            "models with experts are not supported"
        )
        try file.require(
            "inference_rope_scaling",
            try !file.bool("inference_rope_scaling", default: false),
            "it stretches a model for inference only; set it to false"
        )
        var reader = RotaryReader(file, shape)
        reader.base = 1_000_000
        rotary = try reader.configuration()
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        let hasNorms = store.contains("model.layers.0.self_attn.\(Self.headNorm)")
        return try Decoder(store, shape, rotary: [rotary]) { parameters, _ in
            try PreNormLayer(
                parameters,
                shape,
                .init(norm: hasNorms ? .perHead(.roundedFirst) : .none)
            ) {
                try GatedMLP($0, shape)
            }
        }
    }

    private static let headNorm = "q_norm.weight"

    func saved(_ configuration: JSONObject, _ model: any CausalLanguageModel) -> JSONObject {
        let isQwen = model.parameters.contains { $0.name.hasSuffix(Self.headNorm) }
        var object = JSONObject([
            ("architectures", [.string(isQwen ? "Qwen3ForCausalLM" : "LlamaForCausalLM")]),
            ("model_type", .string(isQwen ? "qwen3" : "llama")),
            ("vocab_size", .integer(shape.vocabularySize)),
            ("hidden_size", .integer(shape.hiddenSize)),
            ("intermediate_size", .integer(shape.intermediateSize)),
            ("num_hidden_layers", .integer(shape.layerCount)),
            ("num_attention_heads", .integer(shape.headCount)),
            ("num_key_value_heads", .integer(shape.keyValueHeadCount)),
            ("head_dim", .integer(shape.headSize)),
            ("hidden_act", configuration["hidden_act"] ?? "silu"),
            ("max_position_embeddings", .integer(shape.maximumPositions)),
            ("rms_norm_eps", .number(shape.normEpsilon)),
            ("rope_theta", .number(rotary.base)),
            ("tie_word_embeddings", .bool(shape.tiesEmbeddings)),
        ])
        let kept = ["rope_scaling", "bos_token_id", "eos_token_id", "pad_token_id"]
        for key in kept + ["torch_dtype", "dtype", "transformers_version"] {
            object[key] = configuration[key]
        }
        return object
    }
}
