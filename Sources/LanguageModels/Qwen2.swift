// Follows transformers 5.23, models/qwen2/modeling_qwen2.py.

/// Qwen 2 and 2.5: Llama with biases at queries, keys and values.
struct Qwen2: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    let windows: LayerWindows

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(file, .init(maximumPositions: 32_768))
        rotary = try RotaryReader(file, shape).configuration()
        windows = try Self.windows(file, shape)
    }

    /// The windows of Qwen 2 and 3: none, unless the file turns them on.
    static func windows(_ file: ConfigurationReader, _ shape: DecoderShape) throws -> LayerWindows {
        let slides = try file.bool("use_sliding_window", default: false)
        let isOff = file.has("sliding_window") && file.value("sliding_window") == nil
        let window = try file.positive("sliding_window", default: 4096)
        return try LayerWindows(
            file,
            shape,
            window: slides && !isOff ? window : nil,
            pattern: .from(file.count("max_window_layers", default: 28))
        )
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        try Decoder(store, shape, rotary: [rotary]) { parameters, index in
            try PreNormLayer(
                parameters,
                shape,
                .init(inputBias: true, window: windows[index])
            ) {
                try GatedMLP($0, shape)
            }
        }
    }
}
