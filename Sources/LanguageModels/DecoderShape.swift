/// What config.json says of almost every decoder, in the same words.
struct DecoderShape: Sendable, Equatable {
    /// Tokens of the vocabulary (`vocab_size`).
    var vocabularySize: Int
    /// Numbers of a hidden state (`hidden_size`).
    var hiddenSize: Int
    /// Numbers between the two halves of the feed-forward block (`intermediate_size`).
    var intermediateSize: Int
    /// Layers (`num_hidden_layers`).
    var layerCount: Int
    /// Query heads of a layer (`num_attention_heads`).
    var headCount: Int
    /// Key and value heads of a layer (`num_key_value_heads`); by default as many as query heads.
    var keyValueHeadCount: Int
    /// Numbers of a head, even (`head_dim`); by default the hidden size over the heads.
    var headSize: Int
    /// Positions that the model was made for (`max_position_embeddings`).
    var maximumPositions: Int
    /// ε of RMSNorm (`rms_norm_eps`).
    var normEpsilon: Double
    /// Whether the embedding is the vocabulary matrix too (`tie_word_embeddings`).
    var tiesEmbeddings: Bool
    /// What bends the feed-forward block's numbers (`hidden_act`).
    var activation: Activation
    /// What is dropped in training: of attention's probabilities (`attention_dropout`), and, with
    /// architectures that say so, elsewhere.
    var dropout = DropoutShares()

    /// What holds where a key is not there.
    struct Defaults {
        var vocabularySize: Int?
        var headCount: Int?
        var keyValueHeadCount: Int?
        var headSize: Int?
        var maximumPositions: Int
        var normEpsilon = 1e-6
        var tiesEmbeddings = false
        var activationKey = "hidden_act"
        var activation = "silu"
    }

    /// Far beyond all models; what is made for each number of a head stays small.
    private static let mostHeadSize = 65_536

    /// - Throws: `ModelError` naming the key that is missing or cannot be used.
    init(_ file: ConfigurationReader, _ defaults: Defaults) throws {
        vocabularySize = try file.positive("vocab_size", default: defaults.vocabularySize)
        hiddenSize = try file.positive("hidden_size")
        intermediateSize = try file.positive("intermediate_size")
        layerCount = try file.positive("num_hidden_layers")
        headCount = try file.positive("num_attention_heads", default: defaults.headCount)
        keyValueHeadCount = try file.positive(
            "num_key_value_heads",
            default: defaults.keyValueHeadCount ?? headCount
        )
        try file.require(
            "num_key_value_heads",
            headCount % keyValueHeadCount == 0,
            "it must divide num_attention_heads, \(headCount)"
        )
        if file.value("head_dim") == nil, defaults.headSize == nil {
            try file.require(
                "hidden_size",
                hiddenSize % (2 * headCount) == 0,
                "without head_dim it must be an even multiple of num_attention_heads, "
                    + "\(headCount)"
            )
        }
        headSize = try file.positive(
            "head_dim",
            default: defaults.headSize ?? max(1, hiddenSize / headCount)
        )
        try file.require(
            "head_dim",
            headSize <= Self.mostHeadSize,
            "at most \(Self.mostHeadSize) is supported"
        )
        maximumPositions = try file.positive(
            "max_position_embeddings",
            default: defaults.maximumPositions
        )
        normEpsilon = try file.positive("rms_norm_eps", default: defaults.normEpsilon)
        tiesEmbeddings = try file.bool(
            "tie_word_embeddings",
            default: defaults.tiesEmbeddings
        )
        activation = try Activation(
            file,
            key: defaults.activationKey,
            default: defaults.activation
        )
        dropout.attention = try file.share("attention_dropout", default: 0)
    }
}
