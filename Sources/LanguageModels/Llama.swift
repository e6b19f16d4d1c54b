// Follows transformers 5.23, models/llama/modeling_llama.py.

/// Llama 2 and 3 and everything built like them.
struct Llama: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// Whether attention's four projections have a bias (`attention_bias`); by default not.
    let attentionHasBias: Bool
    /// Whether the feed-forward block's three projections have a bias (`mlp_bias`); by default not.
    let mlpHasBias: Bool

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(file, .init(maximumPositions: 2048))
        rotary = try RotaryReader(file, shape).configuration()
        attentionHasBias = try file.bool("attention_bias", default: false)
        mlpHasBias = try file.bool("mlp_bias", default: false)
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        let options = RotaryAttention.Options(
            inputBias: attentionHasBias,
            outputBias: attentionHasBias
        )
        return try Decoder(store, shape, rotary: [rotary]) { parameters, _ in
            try PreNormLayer(parameters, shape, options) {
                try GatedMLP($0, shape, hasBias: mlpHasBias)
            }
        }
    }
}
