// Follows transformers 5.23, models/gemma3/modeling_gemma3.py: the text model.

import OrderedJSON

/// Gemma 3 for text: windows in five of six layers, which have rotary positions of their own.
///
/// Of a model that sees images too (`gemma3`) this is the language model; it is saved as
/// `gemma3_text`, without the part for images.
struct Gemma3: Architecture {
    let shape: DecoderShape
    /// The rotary positions of layers that see everything, and of those that see a window.
    let rotary: [RotaryConfiguration]
    let windows: LayerWindows
    let options: RotaryAttention.Options
    /// Whether this is the text model within one that sees images too.
    let hasImages: Bool
    /// The cap of logits (`final_logit_softcapping`); none by default.
    let logitSoftCap: Double?

    init(_ file: ConfigurationReader) throws {
        let text = try file.nested(Self.textKey)
        try file.require(
            Self.textKey,
            text != nil || file.string("model_type") == "gemma3_text",
            "an object is needed"
        )
        hasImages = text != nil
        let file = text ?? file
        shape = try GemmaLayer.shape(
            file,
            .init(
                vocabularySize: 262_208,
                headCount: 8,
                keyValueHeadCount: 4,
                maximumPositions: 131_072
            )
        )
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

    private static let textKey = "text_config"

    func paddingToken(_ file: ConfigurationReader) throws -> Int? {
        try file.paddingToken(default: 0)
    }

    func model(_ store: ParameterStore) throws -> Decoder {
        // Two spellings of a model with images; the part for images is not taken.
        if hasImages, store.contains("language_model.model.embed_tokens.weight") {
            store.nameInFile = { "language_model.\($0)" }
        } else if hasImages, store.contains("model.language_model.embed_tokens.weight") {
            store.nameInFile = {
                $0.hasPrefix("model.")
                    ? "model.language_model.\($0.dropFirst("model.".count))" : $0
            }
        }
        let images = ["vision_tower.", "multi_modal_projector."]
        return try Decoder(
            store,
            shape,
            rotary: rotary,
            normForm: .onePlusWeight,
            ignoring: hasImages ? images + images.map { "model.\($0)" } : []
        ) {
            $0.embeddingScale = Double(shape.hiddenSize).squareRoot()
            $0.logitSoftCap = logitSoftCap
        } layer: { parameters, index in
            var options = options
            options.window = windows[index]
            options.rotary = windows.isSliding(index) ? 1 : 0
            return try GemmaLayer(parameters, shape, options)
        }
    }

    func saved(_ configuration: JSONObject, _ model: any CausalLanguageModel) -> JSONObject {
        guard var text = configuration[Self.textKey]?.object else { return configuration }
        text["model_type"] = "gemma3_text"
        text["architectures"] = ["Gemma3ForCausalLM"]
        let shared = ["bos_token_id", "eos_token_id", "pad_token_id", "transformers_version"]
        for key in shared + ["torch_dtype", "dtype"] {
            text[key] = configuration[key] ?? text[key]
        }
        return text
    }
}
