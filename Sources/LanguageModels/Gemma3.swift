// Follows transformers 5.23, models/gemma3/modeling_gemma3.py: the text model.

/// Gemma 3 for text: windows in five of six layers, which have rotary positions of their own.
struct Gemma3: Architecture {
    let shape: DecoderShape
    /// The rotary positions of layers that see everything, and of those that see a window.
    let rotary: [RotaryConfiguration]
    let windows: LayerWindows
    let options: RotaryAttention.Options
    /// The cap of logits (`final_logit_softcapping`); none by default.
    let logitSoftCap: Double?

    init(_ file: ConfigurationReader) throws {
        shape = try GemmaLayer.shape(file, maximumPositions: 131_072)
        windows = try GemmaLayer.windows(
            file,
            shape,
            pattern: .allButEvery(file.positive("sliding_window_pattern", default: 6))
        )
        var options = try GemmaLayer.options(file, defaultCap: nil)
        options.norm = .perHead(.onePlusWeight)
        // transformers reads this key and never applies it.
        try file.require(
            "attn_logit_softcapping",
            options.softCap == nil,
            "the architecture has no capped scores; remove it"
        )
        self.options = options
        logitSoftCap = try file.cap("final_logit_softcapping", default: nil)

        // transformers 4 wrote two bases, and the `rope_scaling` of the full layers.
        let reader = RotaryReader(file, shape)
        let sections = try file.nested("rope_parameters")
        let full = try sections?.nested("full_attention")
        let base = try file.positive("rope_theta", default: 1_000_000.0)
        rotary = [
            try reader.configuration(
                try file.nested("rope_scaling") ?? full,
                defaultBase: full?.positive("rope_theta", default: base) ?? base
            ),
            try reader.configuration(
                sections?.nested("sliding_attention"),
                defaultBase: file.positive("rope_local_base_freq", default: 10_000.0)
            ),
        ]
    }

    var vocabularySize: Int { shape.vocabularySize }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        try Decoder(store, shape, rotary: rotary, normForm: .onePlusWeight) {
            $0.embeddingScale = Double(shape.hiddenSize).squareRoot()
            $0.logitSoftCap = logitSoftCap
        } layer: { parameters, index in
            var options = options
            options.window = windows[index]
            options.rotary = windows.isSliding(index) ? 1 : 0
            return try GemmaLayer(parameters, shape, options)
        }
    }
}
