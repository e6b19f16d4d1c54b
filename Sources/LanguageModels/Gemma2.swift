// Follows transformers 5.23, models/gemma2/modeling_gemma2.py.
import Torch

/// Gemma 2: four norms a layer, capped scores and logits, a window in every other layer.
struct Gemma2: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    let windows: LayerWindows
    let options: RotaryAttention.Options
    /// The cap of logits (`final_logit_softcapping`): 30 by default, none where null.
    let logitSoftCap: Double?

    init(_ file: ConfigurationReader) throws {
        shape = try GemmaLayer.shape(file, .init(maximumPositions: 8192))
        rotary = try RotaryReader(file, shape).configuration()
        windows = try GemmaLayer.windows(file, shape, pattern: .allButEvery(2))
        options = try GemmaLayer.options(file, defaultCap: 50)
        logitSoftCap = try file.cap("final_logit_softcapping", default: 30)
    }

    var vocabularySize: Int { shape.vocabularySize }

    func paddingToken(_ file: ConfigurationReader) throws -> Int? {
        try file.paddingToken(default: 0)
    }

    func model(_ store: ParameterStore) throws -> Decoder {
        try Decoder(store, shape, rotary: [rotary], normForm: .onePlusWeight) {
            $0.embeddingScale = Double(shape.hiddenSize).squareRoot()
            $0.logitSoftCap = logitSoftCap
        } layer: { parameters, index in
            var options = options
            options.window = windows[index]
            return try GemmaLayer(parameters, shape, options)
        }
    }
}

/// The layer of Gemma 2 and 3: a norm before and behind each block.
struct GemmaLayer: DecoderLayer {
    private let attention: RotaryAttention
    private let mlp: GatedMLP
    private let beforeAttention, behindAttention, beforeMLP, behindMLP: RMSNorm
    private let hiddenSize: Int

    /// As Llama's, and each block's result before the norm behind it.
    var kept: KeptCounts {
        KeptCounts(
            perRow: 2 * hiddenSize + attention.keptCount,
            perResult: 4 * hiddenSize + mlp.keptCount,
            behindInput: 2 * hiddenSize + mlp.keptCount
        )
    }

    init(
        _ parameters: ParameterScope,
        _ shape: DecoderShape,
        _ options: RotaryAttention.Options
    ) throws {
        func norm(_ name: String) throws -> RMSNorm {
            try RMSNorm(
                parameters[name],
                size: shape.hiddenSize,
                epsilon: shape.normEpsilon,
                form: .onePlusWeight
            )
        }
        beforeAttention = try norm("input_layernorm")
        attention = try RotaryAttention(parameters["self_attn"], shape, options)
        behindAttention = try norm("post_attention_layernorm")
        beforeMLP = try norm("pre_feedforward_layernorm")
        mlp = try GatedMLP(parameters["mlp"], shape)
        behindMLP = try norm("post_feedforward_layernorm")
        hiddenSize = shape.hiddenSize
    }

    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        let attended = try behindAttention(attention(beforeAttention(x), context, rows: rows))
        let x = try (rows.map { try x.selected($0) } ?? x) + attended
        return try context.recomputed(in: .selective, x) { x, _ in
            try x + behindMLP(mlp(beforeMLP(x)))
        }
    }
}

extension GemmaLayer {
    /// The sizes of Gemma 2 and 3.
    ///
    /// - Parameter defaults: what holds where a key is not there; the rest of it is set here.
    static func shape(
        _ file: ConfigurationReader,
        _ defaults: DecoderShape.Defaults
    ) throws -> DecoderShape {
        try file.require(
            "use_bidirectional_attention",
            try !file.bool("use_bidirectional_attention", default: false),
            "only attention to earlier tokens is supported"
        )
        var defaults = defaults
        defaults.headSize = 256
        defaults.tiesEmbeddings = true
        defaults.activationKey = "hidden_activation"
        defaults.activation = "gelu_pytorch_tanh"
        return try DecoderShape(file, defaults)
    }

    /// The windows of Gemma 2 and 3.
    static func windows(
        _ file: ConfigurationReader,
        _ shape: DecoderShape,
        pattern: LayerWindows.Pattern
    ) throws -> LayerWindows {
        try LayerWindows(
            file,
            shape,
            window: file.positive("sliding_window", default: 4096),
            pattern: pattern
        )
    }

    /// Attention as Gemma 2 and 3 have it.
    static func options(
        _ file: ConfigurationReader,
        defaultCap: Double?
    ) throws -> RotaryAttention.Options {
        let hasBias = try file.bool("attention_bias", default: false)
        return RotaryAttention.Options(
            inputBias: hasBias,
            outputBias: hasBias,
            scale: 1 / (try file.positive("query_pre_attn_scalar", default: 256.0)).squareRoot(),
            softCap: try file.cap("attn_logit_softcapping", default: defaultCap)
        )
    }
}

extension ConfigurationReader {
    /// A positive number; nil where it is null, the default where it is not there.
    func cap(_ key: String, default fallback: Double?) throws -> Double? {
        guard value(key) == nil else { return try positiveNumber(key) }
        return has(key) ? nil : fallback
    }
}
