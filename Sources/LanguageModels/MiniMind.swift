// Follows github.com/jingyaogong/minimind, model/model_minimind.py, and
// github.com/nev8rz/vermind, vermind_models/models/modeling_vermind.py.
import OrderedJSON

/// minimind and VerMind: Llama; or Qwen 3, where the weights have its norms.
///
/// Both have code of their own and keys of their own. A saved model is a plain Llama or Qwen 3,
/// which transformers loads without that code, and which has no dropout where theirs was.
///
/// minimind's experts are those of Qwen 3; until March 2026 there was one for all tokens beside
/// them, which transformers does not know: such a model is saved as it was.
struct MiniMind: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// The experts of every layer (`use_moe`), and their loss; nil without.
    let experts: (options: MixtureOfExperts.Options, loss: RouterLoss)?

    init(_ file: ConfigurationReader) throws {
        var shape = try DecoderShape(
            file,
            .init(maximumPositions: 32_768, tiesEmbeddings: true)
        )
        let dropout = try file.share("dropout", default: 0)
        shape.dropout = DropoutShares(
            embedding: dropout,
            attention: dropout,
            attentionOutput: dropout,
            feedForwardOutput: dropout
        )
        self.shape = shape
        let hasExperts = try file.bool("use_moe", default: false)
        try file.require(
            "use_moe",
            try !hasExperts || file.string("model_type") == "minimind",
            "experts are supported for minimind only"
        )
        experts = hasExperts ? try Self.experts(file, shape) : nil
        try file.require(
            "inference_rope_scaling",
            try !file.bool("inference_rope_scaling", default: false),
            "it stretches a model for inference only; set it to false"
        )
        var reader = RotaryReader(file, shape)
        reader.base = 1_000_000
        rotary = try reader.configuration()
    }

    /// Both generations of experts, told apart by their keys.
    private static func experts(
        _ file: ConfigurationReader,
        _ shape: DecoderShape
    ) throws -> (MixtureOfExperts.Options, RouterLoss) {
        let normalizes = try file.bool("norm_topk_prob", default: true)
        let loss: RouterLoss
        var options: MixtureOfExperts.Options
        if file.value("n_routed_experts") == nil {
            options = MixtureOfExperts.Options(
                expertCount: try file.positive("num_experts", default: 4),
                choiceCount: try file.positive("num_experts_per_tok", default: 1),
                intermediateSize: try file.positive(
                    "moe_intermediate_size",
                    default: shape.intermediateSize
                ),
                normalizes: normalizes
            )
            loss = RouterLoss(
                form: .perLayer,
                coefficient: try file.number("router_aux_loss_coef", default: 5e-4)
            )
        } else {
            try file.require(
                "scoring_func",
                try file.string("scoring_func") ?? "softmax" == "softmax",
                "softmax is supported"
            )
            try file.require(
                "seq_aux",
                file.bool("seq_aux", default: true),
                "true is supported"
            )
            let choiceCount = try file.positive("num_experts_per_tok", default: 2)
            options = MixtureOfExperts.Options(
                expertCount: try file.positive("n_routed_experts"),
                choiceCount: choiceCount,
                intermediateSize: shape.intermediateSize,
                // As its code has it: one probability alone stays as it is.
                normalizes: normalizes && choiceCount > 1
            )
            options.sharedCount = try file.count("n_shared_experts", default: 1)
            loss = RouterLoss(
                form: .perSequence,
                coefficient: try file.number("aux_loss_alpha", default: 0.01)
            )
        }
        try options.check(file)
        return (options, loss)
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> Decoder {
        // A new model with today's experts has today's norms.
        let isNew = store.isRecording && experts?.loss.form == .perLayer
        let hasNorms = isNew || store.contains("model.layers.0.self_attn.\(Self.headNorm)")
        var shape = shape
        // Since March 2026 the feed-forward block drops nothing. Of the experts before it is their
        // sum that is dropped from, where its code drops from each.
        if hasNorms { shape.dropout.feedForwardOutput = 0 }
        return try Decoder(store, shape, rotary: [rotary]) {
            $0.routerLoss = experts?.loss
        } layer: { parameters, _ in
            try PreNormLayer(
                parameters,
                shape,
                .init(norm: hasNorms ? .perHead(.roundedFirst) : .none)
            ) {
                if let experts { return try MixtureOfExperts($0, shape, experts.options) }
                return try GatedMLP($0, shape)
            }
        }
    }

    private static let headNorm = "q_norm.weight"

    func saved(_ configuration: JSONObject, _ model: any CausalLanguageModel) -> JSONObject {
        let isQwen = model.parameters.contains { $0.name.hasSuffix(Self.headNorm) }
        // transformers has nothing like experts without Qwen's norms, or with one for all tokens.
        if let experts, !isQwen || experts.options.sharedCount > 0 { return configuration }
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
        if let experts {
            object["architectures"] = ["Qwen3MoeForCausalLM"]
            object["model_type"] = "qwen3_moe"
            object["num_experts"] = .integer(experts.options.expertCount)
            object["num_experts_per_tok"] = .integer(experts.options.choiceCount)
            object["moe_intermediate_size"] = .integer(experts.options.intermediateSize)
            object["norm_topk_prob"] = .bool(experts.options.normalizes)
            object["router_aux_loss_coef"] = .number(experts.loss.coefficient)
        }
        let kept = ["rope_scaling", "bos_token_id", "eos_token_id", "pad_token_id"]
        for key in kept + ["torch_dtype", "dtype", "transformers_version"] {
            object[key] = configuration[key]
        }
        return object
    }
}
