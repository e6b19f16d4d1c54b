// Follows transformers 5.23, models/llama/modeling_llama.py.
public import TokenTrees
public import Torch

/// What config.json says of a Llama.
public struct LlamaConfiguration: Sendable, Equatable {
    /// Tokens of the vocabulary (`vocab_size`).
    public var vocabularySize: Int
    /// Numbers of a hidden state (`hidden_size`).
    public var hiddenSize: Int
    /// Numbers between the two halves of the feed-forward block (`intermediate_size`).
    public var intermediateSize: Int
    /// Layers (`num_hidden_layers`).
    public var layerCount: Int
    /// Query heads of a layer (`num_attention_heads`).
    public var headCount: Int
    /// Key and value heads of a layer (`num_key_value_heads`); by default as many as query heads.
    public var keyValueHeadCount: Int
    /// Numbers of a head, even (`head_dim`); by default the hidden size over the heads.
    public var headSize: Int
    /// ε of RMSNorm (`rms_norm_eps`), 1e-6 by default.
    public var normEpsilon: Double
    /// Base of the rotary frequencies (`rope_theta`), 10,000 by default.
    public var rotaryBase: Double
    /// Whether the embedding is the vocabulary matrix too (`tie_word_embeddings`); by default not.
    public var tiesEmbeddings: Bool
    /// Whether attention's four projections have a bias (`attention_bias`); by default not.
    public var attentionHasBias: Bool
    /// Whether the feed-forward block's three projections have a bias (`mlp_bias`); by default not.
    public var mlpHasBias: Bool

    /// Reads the spellings of transformers 4 (`rope_theta`, `rope_scaling`) and 5
    /// (`rope_parameters`).
    ///
    /// - Throws: `ModelError` naming the key that is missing or cannot be used.
    package init(_ file: ConfigurationReader) throws {
        vocabularySize = try file.positive("vocab_size")
        hiddenSize = try file.positive("hidden_size")
        intermediateSize = try file.positive("intermediate_size")
        layerCount = try file.positive("num_hidden_layers")
        headCount = try file.positive("num_attention_heads")
        keyValueHeadCount = try file.positive("num_key_value_heads", default: headCount)
        try file.require(
            "num_key_value_heads",
            headCount % keyValueHeadCount == 0,
            "it must divide num_attention_heads, \(headCount)"
        )
        if file.value("head_dim") == nil {
            try file.require(
                "hidden_size",
                hiddenSize % (2 * headCount) == 0,
                "without head_dim it must be an even multiple of num_attention_heads, "
                    + "\(headCount)"
            )
        }
        headSize = try file.positive("head_dim", default: max(1, hiddenSize / headCount))
        try file.require("head_dim", headSize % 2 == 0, "rotary embedding needs an even number")
        normEpsilon = try file.positive("rms_norm_eps", default: 1e-6)
        tiesEmbeddings = try file.bool("tie_word_embeddings", default: false)
        attentionHasBias = try file.bool("attention_bias", default: false)
        mlpHasBias = try file.bool("mlp_bias", default: false)
        let activation = try file.string("hidden_act") ?? "silu"
        try file.require("hidden_act", activation == "silu", "only \"silu\" is supported")

        var base = try file.positive("rope_theta", default: 10_000.0)
        for name in ["rope_scaling", "rope_parameters"] {
            guard let rotary = try file.nested(name) else { continue }
            // transformers wrote "type" before it wrote "rope_type".
            for key in ["rope_type", "type"] {
                let kind = try rotary.string(key) ?? "default"
                try rotary.require(key, kind == "default", "only \"default\" is supported")
            }
            base = try rotary.positive("rope_theta", default: base)
        }
        rotaryBase = base
    }
}

/// Attention with rotary positions, and key-value heads that serve groups of query heads.
private struct LlamaAttention {
    let query, key, value, output: Linear
    let configuration: LlamaConfiguration

    init(_ parameters: ParameterScope, _ configuration: LlamaConfiguration) throws {
        self.configuration = configuration
        let hidden = configuration.hiddenSize
        let queries = configuration.headCount * configuration.headSize
        let keys = configuration.keyValueHeadCount * configuration.headSize
        let bias = configuration.attentionHasBias
        query = try Linear(parameters["q_proj"], inputs: hidden, outputs: queries, hasBias: bias)
        key = try Linear(parameters["k_proj"], inputs: hidden, outputs: keys, hasBias: bias)
        value = try Linear(parameters["v_proj"], inputs: hidden, outputs: keys, hasBias: bias)
        output = try Linear(parameters["o_proj"], inputs: queries, outputs: hidden, hasBias: bias)
    }

    /// - Parameters:
    ///   - x: `[sequence, hidden]`.
    ///   - rows: the rows whose result is wanted, `[n]`; all where nil.
    /// - Returns: `[n, hidden]`.
    func callAsFunction(
        _ x: Tensor,
        _ rotary: RotaryEmbedding,
        _ spans: [AttentionSpan],
        rows: Tensor?
    ) throws -> Tensor {
        let size = configuration.headSize
        let queries = try query(x).reshaped([-1, configuration.headCount, size])
        let keys = try key(x).reshaped([-1, configuration.keyValueHeadCount, size])
        let values = try value(x).reshaped([-1, configuration.keyValueHeadCount, size])
        let attended = try TreeAttention.attend(
            rotary(queries),
            rotary(keys),
            values,
            spans: spans,
            scale: 1 / Double(size).squareRoot()
        )
        let flat = try attended.reshaped([-1, configuration.headCount * size])
        return try output(rows.map { try flat.selected($0) } ?? flat)
    }
}

private struct LlamaLayer {
    let attentionNorm, mlpNorm: RMSNorm
    let attention: LlamaAttention
    let mlp: GatedMLP

    init(_ parameters: ParameterScope, _ configuration: LlamaConfiguration) throws {
        let size = configuration.hiddenSize
        let epsilon = configuration.normEpsilon
        attentionNorm = try RMSNorm(parameters["input_layernorm"], size: size, epsilon: epsilon)
        attention = try LlamaAttention(parameters["self_attn"], configuration)
        mlpNorm = try RMSNorm(
            parameters["post_attention_layernorm"],
            size: size,
            epsilon: epsilon
        )
        mlp = try GatedMLP(
            parameters["mlp"],
            hidden: size,
            intermediate: configuration.intermediateSize,
            hasBias: configuration.mlpHasBias
        )
    }

    /// - Parameters:
    ///   - x: `[sequence, hidden]`.
    ///   - rows: the rows whose result is wanted, `[n]`; all where nil.
    /// - Returns: `[n, hidden]`.
    func callAsFunction(
        _ x: Tensor,
        _ rotary: RotaryEmbedding,
        _ spans: [AttentionSpan],
        rows: Tensor? = nil
    ) throws -> Tensor {
        let attended = try attention(attentionNorm(x), rotary, spans, rows: rows)
        let x = try (rows.map { try x.selected($0) } ?? x) + attended
        return try x + mlp(mlpNorm(x))
    }
}

/// Llama 2 and 3 and everything built like them.
public final class Llama: CausalLanguageModel {
    /// The shape of the model.
    public let configuration: LlamaConfiguration
    /// Its weights, in the order in which the layers use them.
    public let parameters: [Parameter]
    /// The embedding matrix itself where the two are tied.
    public let vocabularyWeight: Tensor

    private let path: String
    private let embedding: Tensor
    private let layers: [LlamaLayer]
    private let norm: RMSNorm

    /// Takes the weights of a model out of a store.
    public init(_ store: ParameterStore, _ configuration: LlamaConfiguration) throws {
        self.configuration = configuration
        path = store.path
        let model = store.root["model"]
        let shape = [configuration.vocabularySize, configuration.hiddenSize]
        let embeddingName = "model.embed_tokens.weight"
        let headName = "lm_head.weight"
        if configuration.tiesEmbeddings {
            // Files hold either name: which one is kept of two tied weights is up to the writer.
            let name = try store.tie(embeddingName, with: headName)
            embedding = try store.take(name, shape: shape, savedName: embeddingName)
        } else {
            embedding = try store.take(embeddingName, shape: shape)
        }
        // Not by `map`, which makes room for as many layers as the configuration asks for before
        // the first is found missing.
        var layers: [LlamaLayer] = []
        for index in 0..<configuration.layerCount {
            layers.append(try LlamaLayer(model["layers"]["\(index)"], configuration))
        }
        self.layers = layers
        norm = try RMSNorm(
            model["norm"],
            size: configuration.hiddenSize,
            epsilon: configuration.normEpsilon
        )
        vocabularyWeight =
            configuration.tiesEmbeddings
            ? embedding : try store.take(headName, shape: shape)
        // Checkpoints written before transformers 4.31 hold the rotary frequencies, which follow
        // from the configuration.
        parameters = try store.finish { $0.hasSuffix(".rotary_emb.inv_freq") }
    }

    /// How many tokens the embedding has.
    public var vocabularySize: Int { configuration.vocabularySize }

    /// Hidden states behind the last norm, `[entries, hidden]`.
    ///
    /// The last layer computes its output and its MLP only for the rows that predict something.
    public func predictorStates(_ batch: PackedBatch) throws -> Tensor {
        try requireKnown(batch, path: path)
        let device = embedding.device
        let rows = try Tensor(batch.predictors, on: device)
        var x = try Tensor.embedding(embedding, Tensor(batch.tokens, on: device))
        let rotary = try RotaryEmbedding(
            positions: batch.positions,
            headSize: configuration.headSize,
            base: configuration.rotaryBase,
            dtype: embedding.dtype,
            on: device
        )
        for (index, layer) in layers.enumerated() {
            let isLast = index == layers.count - 1
            x = try layer(x, rotary, batch.spans, rows: isLast ? rows : nil)
        }
        return try norm(x)
    }
}
