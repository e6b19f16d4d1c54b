import Torch

/// One layer of a decoder: attention and a feed-forward block.
protocol DecoderLayer {
    /// - Parameters:
    ///   - x: `[sequence, hidden]`.
    ///   - rows: the rows whose result is wanted, `[n]`; all where nil.
    /// - Returns: `[n, hidden]`.
    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor
}

/// What a layer does with each row by itself.
protocol FeedForward {
    /// - Parameter x: `[sequence, hidden]`, compute dtype.
    /// - Returns: the same shape and dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor
}

/// Llama's layer: both blocks read a normalised state, and what they give is added to it.
struct PreNormLayer: DecoderLayer {
    private let attentionNorm, feedForwardNorm: RMSNorm
    private let attention: RotaryAttention
    private let feedForward: any FeedForward

    /// - Parameter feedForward: makes the layer's feed-forward block.
    init(
        _ parameters: ParameterScope,
        _ shape: DecoderShape,
        _ options: RotaryAttention.Options,
        feedForward: (ParameterScope) throws -> any FeedForward
    ) throws {
        attentionNorm = try RMSNorm(
            parameters["input_layernorm"],
            size: shape.hiddenSize,
            epsilon: shape.normEpsilon
        )
        attention = try RotaryAttention(parameters["self_attn"], shape, options)
        feedForwardNorm = try RMSNorm(
            parameters["post_attention_layernorm"],
            size: shape.hiddenSize,
            epsilon: shape.normEpsilon
        )
        self.feedForward = try feedForward(parameters["mlp"])
    }

    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        let attended = try attention(attentionNorm(x), context, rows: rows)
        let x = try (rows.map { try x.selected($0) } ?? x) + attended
        return try x + feedForward(feedForwardNorm(x))
    }
}
