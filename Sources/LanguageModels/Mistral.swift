// Follows transformers 5.23, models/mistral/modeling_mistral.py.

/// Mistral: Llama with a window that slides in every layer.
struct Mistral: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// How many positions a row sees (`sliding_window`): all where null, 4096 by default.
    let window: Int?

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(file, .init(maximumPositions: 131_072))
        rotary = try RotaryReader(file, shape).configuration()
        let key = "sliding_window"
        window =
            file.has(key) && file.value(key) == nil ? nil : try file.positive(key, default: 4096)
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        try Decoder(store, shape, rotary: [rotary]) { parameters, _ in
            try PreNormLayer(parameters, shape, .init(window: window)) {
                try GatedMLP($0, shape)
            }
        }
    }
}
