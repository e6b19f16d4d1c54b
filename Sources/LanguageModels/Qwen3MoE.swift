// Follows transformers 5.23, models/qwen3_moe/modeling_qwen3_moe.py.

/// Qwen 3 with experts: in each layer, or in some.
struct Qwen3MoE: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// How many positions a row sees (`sliding_window`); all unless `use_sliding_window`.
    let window: Int?
    /// Whether attention's four projections have a bias (`attention_bias`); by default not.
    let attentionHasBias: Bool
    let experts: MixtureOfExperts.Options
    /// Per layer whether it has experts (`mlp_only_layers`, `decoder_sparse_step`).
    let hasExperts: @Sendable (Int) -> Bool
    let routerLoss: RouterLoss?

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(file, .init(keyValueHeadCount: 4, maximumPositions: 32_768))
        rotary = try RotaryReader(file, shape).configuration()
        let slides = try file.bool("use_sliding_window", default: false)
        window =
            slides && !(file.has("sliding_window") && file.value("sliding_window") == nil)
            ? try file.positive("sliding_window", default: 4096) : nil
        attentionHasBias = try file.bool("attention_bias", default: false)
        experts = MixtureOfExperts.Options(
            // transformers 5 writes the second.
            expertCount: try file.positive(
                "num_experts",
                default: file.positive("num_local_experts", default: 128)
            ),
            choiceCount: try file.positive("num_experts_per_tok", default: 8),
            intermediateSize: try file.positive("moe_intermediate_size", default: 768),
            normalizes: try file.bool("norm_topk_prob", default: false)
        )
        try experts.check(file)
        let dense = Set(try file.counts("mlp_only_layers"))
        let step = try file.positive("decoder_sparse_step", default: 1)
        let hasExperts: @Sendable (Int) -> Bool = { !dense.contains($0) && ($0 + 1) % step == 0 }
        self.hasExperts = hasExperts
        let coefficient = try file.number("router_aux_loss_coef", default: 0.001)
        routerLoss =
            (0..<shape.layerCount).contains(where: hasExperts)
            ? RouterLoss(form: .allLayers, coefficient: coefficient) : nil
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> Decoder {
        let options = RotaryAttention.Options(
            inputBias: attentionHasBias,
            outputBias: attentionHasBias,
            norm: .perHead(.roundedFirst),
            window: window
        )
        return try Decoder(store, shape, rotary: [rotary]) {
            $0.routerLoss = routerLoss
        } layer: { parameters, index in
            try PreNormLayer(parameters, shape, options) {
                if hasExperts(index) { return try MixtureOfExperts($0, shape, experts) }
                return try GatedMLP($0, shape)
            }
        }
    }
}
