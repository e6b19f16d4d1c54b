// Follows transformers 5.23, models/olmo2/modeling_olmo2.py.
import Torch

/// OLMo 2: norms behind the blocks instead of before them, and over whole queries and keys.
struct OLMo2: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// Whether attention's four projections have a bias (`attention_bias`); by default not.
    let attentionHasBias: Bool

    init(_ file: ConfigurationReader) throws {
        shape = try DecoderShape(file, .init(maximumPositions: 2048, normEpsilon: 1e-5))
        rotary = try RotaryReader(file, shape).configuration()
        attentionHasBias = try file.bool("attention_bias", default: false)
    }

    var vocabularySize: Int { shape.vocabularySize }

    func paddingToken(_ file: ConfigurationReader) throws -> Int? {
        try file.paddingToken(default: 1)
    }

    func model(_ store: ParameterStore) throws -> Decoder {
        try Decoder(store, shape, rotary: [rotary], normForm: .roundedLast) {
            $0.rotatesInFloat32 = true
        } layer: { parameters, _ in
            try OLMo2Layer(parameters, self)
        }
    }
}

private struct OLMo2Layer: DecoderLayer {
    private let attention: RotaryAttention
    private let mlp: GatedMLP
    private let attentionNorm, mlpNorm: RMSNorm
    private let hiddenSize: Int

    /// Each block's input, and its result before the norm.
    var kept: KeptCounts {
        KeptCounts(
            perRow: hiddenSize + attention.keptCount,
            perResult: 3 * hiddenSize + mlp.keptCount,
            behindInput: hiddenSize + mlp.keptCount
        )
    }

    init(_ parameters: ParameterScope, _ configuration: OLMo2) throws {
        let shape = configuration.shape
        attention = try RotaryAttention(
            parameters["self_attn"],
            shape,
            .init(
                inputBias: configuration.attentionHasBias,
                outputBias: configuration.attentionHasBias,
                norm: .perRow(.roundedLast)
            )
        )
        func norm(_ name: String) throws -> RMSNorm {
            try RMSNorm(
                parameters[name],
                size: shape.hiddenSize,
                epsilon: shape.normEpsilon,
                form: .roundedLast
            )
        }
        attentionNorm = try norm("post_attention_layernorm")
        mlp = try GatedMLP(parameters["mlp"], shape)
        mlpNorm = try norm("post_feedforward_layernorm")
        hiddenSize = shape.hiddenSize
    }

    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        let attended = try attentionNorm(attention(x, context, rows: rows))
        let x = try (rows.map { try x.selected($0) } ?? x) + attended
        return try context.recomputed(in: .selective, x) { x, _ in try x + mlpNorm(mlp(x)) }
    }
}
