// Follows transformers 5.23, models/gpt2/modeling_gpt2.py.
import Torch

/// GPT-2: learned positions, layer norms, and weights that lie the other way round.
struct GPT2: Architecture {
    let vocabularySize: Int
    let hiddenSize: Int
    /// Numbers between the two halves of the feed-forward block (`n_inner`).
    let intermediateSize: Int
    let layerCount: Int
    let headCount: Int
    /// Positions that were learned (`n_positions`).
    let positionCount: Int
    let normEpsilon: Double
    let activation: Activation
    let tiesEmbeddings: Bool
    /// Whether scores are divided by √headSize, and by the number of the layer from 1.
    let scalesScores, scalesByLayer: Bool
    /// What is dropped in training (`embd_pdrop`, `attn_pdrop`, `resid_pdrop`).
    let dropout: DropoutShares

    init(_ file: ConfigurationReader) throws {
        vocabularySize = try file.positive("vocab_size")
        hiddenSize = try file.positive("n_embd")
        intermediateSize = try file.positive("n_inner", default: 4 * hiddenSize)
        layerCount = try file.positive("n_layer")
        headCount = try file.positive("n_head")
        try file.require(
            "n_embd",
            hiddenSize % headCount == 0,
            "it must be a multiple of n_head, \(headCount)"
        )
        positionCount = try file.positive("n_positions", default: 1024)
        normEpsilon = try file.positive("layer_norm_epsilon", default: 1e-5)
        activation = try Activation(file, key: "activation_function", default: "gelu_new")
        tiesEmbeddings = try file.bool("tie_word_embeddings", default: true)
        scalesScores = try file.bool("scale_attn_weights", default: true)
        scalesByLayer = try file.bool("scale_attn_by_inverse_layer_idx", default: false)
        let output = try file.share("resid_pdrop", default: 0.1)
        dropout = DropoutShares(
            embedding: try file.share("embd_pdrop", default: 0.1),
            attention: try file.share("attn_pdrop", default: 0.1),
            attentionOutput: output,
            feedForwardOutput: output
        )
        try file.require(
            "add_cross_attention",
            try !file.bool("add_cross_attention", default: false),
            "attention to an encoder is not supported"
        )
    }

    /// Its embedding knows of no padding.
    func paddingToken(_ file: ConfigurationReader) -> Int? { nil }

    func model(_ store: ParameterStore) throws -> Decoder {
        // The checkpoints of 2019 have no prefix; those that transformers saves have it.
        let prefix = store.contains("wte.weight") ? "" : "transformer."
        if prefix.isEmpty { store.modulePrefix = "transformer." }
        let root = prefix.isEmpty ? store.root : store.root["transformer"]
        let vocabulary = VocabularyNames(
            embedding: "\(prefix)wte.weight",
            head: "lm_head.weight",
            isTied: tiesEmbeddings
        )
        let size = [vocabularySize, hiddenSize]
        let embedding = try vocabulary.embedding(store, size)
        let positions = try root["wpe"].tensor("weight", shape: [positionCount, hiddenSize])
        let layers = try root["h"].layers(layerCount) { try GPT2Layer($0, self, number: $1) }
        let norm = try LayerNorm(root["ln_f"], size: hiddenSize, epsilon: normEpsilon)
        return try Decoder(
            Decoder.Parts(
                embedding: embedding,
                positions: positions,
                headSize: hiddenSize / headCount,
                layers: layers,
                norm: norm,
                vocabularyWeight: try vocabulary.head(store, size, embedding),
                dropout: dropout
            ),
            vocabularySize: vocabularySize,
            store
        ) {
            // Causal masks, which older checkpoints hold as buffers.
            $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias")
        }
    }
}

private struct GPT2Layer: DecoderLayer {
    private let attentionNorm, mlpNorm: LayerNorm
    private let input, output, up, down: Linear
    private let attentionDropout, outputDropout, mlpDropout: Dropout
    private let configuration: GPT2
    private let scale: Double

    init(_ parameters: ParameterScope, _ configuration: GPT2, number: Int) throws {
        self.configuration = configuration
        let (hidden, intermediate) = (configuration.hiddenSize, configuration.intermediateSize)
        func norm(_ name: String) throws -> LayerNorm {
            try LayerNorm(parameters[name], size: hidden, epsilon: configuration.normEpsilon)
        }
        func linear(_ block: String, _ name: String, _ inputs: Int, _ outputs: Int) throws
            -> Linear
        {
            // What is added to the states begins smaller the more layers there are.
            let scale = name == "c_proj" ? 1 / Double(2 * configuration.layerCount).squareRoot() : 1
            return try Linear(
                parameters[block][name],
                inputs: inputs,
                outputs: outputs,
                hasBias: true,
                layout: .inputsFirst,
                initially: .normal(scale: scale)
            )
        }
        attentionNorm = try norm("ln_1")
        input = try linear("attn", "c_attn", hidden, 3 * hidden)
        output = try linear("attn", "c_proj", hidden, hidden)
        mlpNorm = try norm("ln_2")
        up = try linear("mlp", "c_fc", hidden, intermediate)
        down = try linear("mlp", "c_proj", intermediate, hidden)
        func dropout(_ name: String, _ share: Double) -> Dropout {
            Dropout("\(parameters.path).\(name)", share: share)
        }
        attentionDropout = dropout("attn.attn_dropout", configuration.dropout.attention)
        outputDropout = dropout("attn.resid_dropout", configuration.dropout.attentionOutput)
        mlpDropout = dropout("mlp.dropout", configuration.dropout.feedForwardOutput)
        let headSize = Double(hidden / configuration.headCount)
        scale =
            (configuration.scalesScores ? 1 / headSize.squareRoot() : 1)
            / (configuration.scalesByLayer ? Double(number + 1) : 1)
    }

    /// Each block's input before and behind its norm; queries, keys, values and attention's result;
    /// and the feed-forward block's numbers before and behind the activation.
    var kept: KeptCounts {
        KeptCounts(
            perRow: 6 * configuration.hiddenSize,
            perResult: 2 * configuration.hiddenSize + 2 * configuration.intermediateSize,
            behindInput: configuration.hiddenSize + 2 * configuration.intermediateSize
        )
    }

    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        let attended = try attention(attentionNorm(x), context)
        let x = try rows.map { try x.selected($0) } ?? x
        let added = try output(rows.map { try attended.selected($0) } ?? attended)
        let after = try x + outputDropout(added, at: context.dropout)
        return try context.recomputed(in: .selective, after) { after, context in
            let mlp = try down(configuration.activation(up(mlpNorm(after))))
            return try after + mlpDropout(mlp, at: context.dropout)
        }
    }

    /// - Parameter x: `[sequence, hidden]`.
    /// - Returns: `[sequence, hidden]`, before the output's projection.
    private func attention(_ x: Tensor, _ context: LayerContext) throws -> Tensor {
        let (hidden, heads) = (configuration.hiddenSize, configuration.headCount)
        let projected = try input(x)
        let parts = try (0..<3).map {
            try projected.narrowed($0 * hidden..<($0 + 1) * hidden, dimension: 1)
                .reshaped([-1, heads, hidden / heads])
        }
        return try context.attend(
            parts[0],
            parts[1],
            parts[2],
            scale: scale,
            dropout: attentionDropout
        ).reshaped([-1, hidden])
    }
}
