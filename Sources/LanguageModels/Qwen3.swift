// Follows transformers 5.23, models/qwen3/modeling_qwen3.py.

/// Qwen 3: Llama with a norm over each head of queries and keys.
struct Qwen3: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    let windows: LayerWindows
    /// Whether attention's four projections have a bias (`attention_bias`); by default not.
    let attentionHasBias: Bool

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(file, .init(headSize: 128, maximumPositions: 32_768))
        rotary = try RotaryReader(file, shape).configuration()
        windows = try Qwen2.windows(file, shape)
        attentionHasBias = try file.bool("attention_bias", default: false)
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        try Decoder(store, shape, rotary: [rotary]) { parameters, index in
            try PreNormLayer(
                parameters,
                shape,
                .init(
                    inputBias: attentionHasBias,
                    outputBias: attentionHasBias,
                    norm: .perHead(.roundedFirst),
                    window: windows[index]
                )
            ) {
                try GatedMLP($0, shape)
            }
        }
    }
}
