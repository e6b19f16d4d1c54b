// Follows transformers 5.23, models/gpt2/modeling_gpt2.py. Its dropouts are not applied: training
// compares policy and reference, and both without noise.
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
        try file.require(
            "add_cross_attention",
            try !file.bool("add_cross_attention", default: false),
            "attention to an encoder is not supported"
        )
    }

    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
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
                vocabularyWeight: try vocabulary.head(store, size, embedding)
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
            try Linear(
                parameters[block][name],
                inputs: inputs,
                outputs: outputs,
                hasBias: true,
                layout: .inputsFirst
            )
        }
        attentionNorm = try norm("ln_1")
        input = try linear("attn", "c_attn", hidden, 3 * hidden)
        output = try linear("attn", "c_proj", hidden, hidden)
        mlpNorm = try norm("ln_2")
        up = try linear("mlp", "c_fc", hidden, intermediate)
        down = try linear("mlp", "c_proj", intermediate, hidden)
        let headSize = Double(hidden / configuration.headCount)
        scale =
            (configuration.scalesScores ? 1 / headSize.squareRoot() : 1)
            / (configuration.scalesByLayer ? Double(number + 1) : 1)
    }

    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        let attended = try attention(attentionNorm(x), context)
        let x = try rows.map { try x.selected($0) } ?? x
        let after = try x + output(rows.map { try attended.selected($0) } ?? attended)
        return try after + down(configuration.activation(up(mlpNorm(after))))
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
            scale: scale
        ).reshaped([-1, hidden])
    }
}
