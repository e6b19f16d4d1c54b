// Follows transformers 5.23, models/mixtral/modeling_mixtral.py. Its noise at the router's input
// is not applied.

/// Mixtral: Mistral with experts in every layer.
struct Mixtral: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// How many positions a row sees (`sliding_window`); all by default.
    let window: Int?
    let experts: MixtureOfExperts.Options
    let routerLoss: RouterLoss

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(
            file,
            .init(keyValueHeadCount: 8, maximumPositions: 131_072, normEpsilon: 1e-5)
        )
        var reader = RotaryReader(file, shape)
        reader.base = 1_000_000
        rotary = try reader.configuration()
        window =
            file.value("sliding_window") == nil ? nil : try file.positive("sliding_window")
        experts = MixtureOfExperts.Options(
            expertCount: try file.positive("num_local_experts", default: 8),
            choiceCount: try file.positive("num_experts_per_tok", default: 2),
            intermediateSize: shape.intermediateSize,
            normalizes: true,
            names: (gate: "w1", up: "w3", down: "w2")
        )
        try experts.check(file)
        routerLoss = RouterLoss(
            form: .allLayers,
            coefficient: try file.number("router_aux_loss_coef", default: 0.001)
        )
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> Decoder {
        try Decoder(store, shape, rotary: [rotary]) {
            $0.routerLoss = routerLoss
        } layer: { parameters, _ in
            try PreNormLayer(
                parameters,
                shape,
                .init(window: window),
                feedForwardName: "block_sparse_moe"
            ) {
                try MixtureOfExperts($0, shape, experts)
            }
        }
    }
}
