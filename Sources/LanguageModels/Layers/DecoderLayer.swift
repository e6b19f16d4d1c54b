import Torch

/// How many numbers of the compute dtype a layer keeps for its backward.
///
/// Counted are tensors that grow with rows, each once; what is small beside them (a number per row
/// and norm, or per row and head) is left out.
struct KeptCounts: Equatable {
    /// For each row that comes in.
    var perRow: Int
    /// For each row whose result is wanted.
    var perResult: Int
    /// What of `perResult` is behind the feed-forward block's input.
    var behindInput: Int
}

/// One layer of a decoder: attention and a feed-forward block.
protocol DecoderLayer {
    /// What its backward needs of the forward.
    var kept: KeptCounts { get }

    /// - Parameters:
    ///   - x: `[sequence, hidden]`.
    ///   - rows: the rows whose result is wanted, `[n]`; all where nil.
    /// - Returns: `[n, hidden]`.
    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor
}

/// What a layer does with each row by itself.
protocol FeedForward {
    /// How many numbers its backward keeps for each row, beside its input.
    var keptCount: Int { get }

    /// - Parameter x: `[sequence, hidden]`, compute dtype.
    /// - Returns: the same shape and dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor
}

/// Llama's layer: both blocks read a normalised state, and what they give is added to it.
struct PreNormLayer: DecoderLayer {
    private let attentionNorm, feedForwardNorm: RMSNorm
    private let attention: RotaryAttention
    private let feedForward: any FeedForward
    private let dropout: Dropout
    private let hiddenSize: Int

    /// - Parameters:
    ///   - feedForwardName: the name of the layer's feed-forward block.
    ///   - feedForward: makes it.
    init(
        _ parameters: ParameterScope,
        _ shape: DecoderShape,
        _ options: RotaryAttention.Options,
        feedForwardName: String = "mlp",
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
        self.feedForward = try feedForward(parameters[feedForwardName])
        dropout = Dropout(
            "\(parameters[feedForwardName].path).dropout",
            share: shape.dropout.feedForwardOutput
        )
        hiddenSize = shape.hiddenSize
    }

    /// Each block's input before and behind its norm, and what is within the blocks.
    var kept: KeptCounts {
        KeptCounts(
            perRow: 2 * hiddenSize + attention.keptCount,
            perResult: 2 * hiddenSize + feedForward.keptCount,
            behindInput: hiddenSize + feedForward.keptCount
        )
    }

    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        guard context.trace != nil, let experts = feedForward as? MixtureOfExperts else {
            let attended = try attention(attentionNorm(x), context, rows: rows)
            let x = try (rows.map { try x.selected($0) } ?? x) + attended
            return try context.recomputed(in: .selective, x) { x, context in
                try x + dropout(feedForward(feedForwardNorm(x)), at: context.dropout)
            }
        }
        // The trace is of all rows; the experts compute those that are wanted.
        let x = try x + attention(attentionNorm(x), context, rows: nil)
        return try context.recomputed(in: .selective, x) { x, context in
            let mixed = try dropout(
                experts(feedForwardNorm(x), rows: rows, context.trace),
                at: context.dropout
            )
            return try (rows.map { try x.selected($0) } ?? x) + mixed
        }
    }
}
