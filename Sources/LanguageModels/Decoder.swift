import TokenTrees
import Torch

/// What all architectures share: embedding, layers, a last norm and the vocabulary matrix.
final class Decoder: CausalLanguageModel {
    /// The parts of a decoder, in the order in which they are used.
    struct Parts {
        /// `[vocabulary, hidden]`.
        var embedding: Tensor
        /// What embedded tokens are multiplied with, rounded to the compute dtype.
        var embeddingScale: Double?
        /// `[positions, hidden]`: added to the embedded tokens, where positions are learned.
        var positions: Tensor?
        /// The rotary embeddings that layers choose from.
        var rotary: [RotaryConfiguration] = []
        /// Numbers of a head.
        var headSize: Int
        /// Whether rotated numbers are rounded to the compute dtype only at last.
        var rotatesInFloat32 = false
        var layers: [any DecoderLayer]
        var norm: any Norm
        /// `[vocabulary, hidden]`; the embedding itself where the two are tied.
        var vocabularyWeight: Tensor
        /// See `CausalLanguageModel.logitSoftCap`.
        var logitSoftCap: Double?
        /// See `CausalLanguageModel.routerLoss`.
        var routerLoss: RouterLoss?
        /// What is dropped in training; the layers know theirs.
        var dropout = DropoutShares()
    }

    let vocabularySize: Int
    let parameters: [Parameter]
    let adapter: ModelAdapter?
    var vocabularyWeight: Tensor { parts.vocabularyWeight }
    var logitSoftCap: Double? { parts.logitSoftCap }
    var routerLoss: RouterLoss? { parts.routerLoss }
    var hasDropout: Bool { parts.dropout.isAny }

    private let parts: Parts
    private let mode: ComputeMode
    private let embeddingDropout: Dropout
    private let path, layersPath: String
    /// Weights whose pages are given back when they were used: those of each layer, and under nil
    /// those outside of layers.
    private let released: [Int?: [Parameter]]

    /// Weights whose values have no numbers yet, as `released`.
    private var unfilled: [Int?: [ParameterStore.Unfilled]]

    /// Closes the account of a store whose weights are in `parts`.
    ///
    /// - Parameter ignoring: says of a left-over name that it is no weight.
    /// - Throws: `ModelError` where weights are missing or left over.
    init(
        _ parts: Parts,
        vocabularySize: Int,
        _ store: ParameterStore,
        ignoring: (String) -> Bool = { _ in false }
    ) throws {
        parameters = try store.finish(ignoring: ignoring)
        adapter = store.adapter
        try adapter?.finish()
        mode = adapter?.mode ?? ComputeMode()
        embeddingDropout = Dropout("embedding", share: parts.dropout.embedding)
        self.vocabularySize = vocabularySize
        var parts = parts
        if let scale = parts.embeddingScale {
            parts.embeddingScale = try Tensor.full([], scale, .float32)
                .to(parts.embedding.dtype).item()
        }
        self.parts = parts
        path = store.path
        let layersPath = store.layersPath ?? "layers"
        self.layersPath = layersPath
        func layer(_ name: String) -> Int? { ModelOutline.layer(of: name, in: layersPath) }
        released = Dictionary(grouping: store.options.releasesPages ? parameters : []) {
            layer($0.name)
        }
        unfilled = Dictionary(grouping: store.unfilled) { layer($0.name) }
    }

    func lengthClass(_ length: Int) -> Int {
        parts.rotary.map { $0.frequencyClass(length: length) }.max() ?? 0
    }

    var positionLimit: Int? { parts.positions?.shape[0] }

    /// What each layer keeps for the backward.
    var kept: [KeptCounts] { parts.layers.map(\.kept) }

    func predictorStates(_ batch: PackedBatch) throws -> Tensor {
        try predictorStates(batch, tracing: nil, checkpointing: .off)
    }

    /// Hidden states behind the last norm, `[entries, hidden]`.
    ///
    /// The last layer computes its output and its feed-forward block only for the rows that
    /// predict something.
    func predictorStates(
        _ batch: PackedBatch,
        tracing trace: RouterTrace?,
        checkpointing: ActivationCheckpointing
    ) throws -> Tensor {
        try requireKnown(batch, path: path)
        precondition(
            batch.sequenceLengths.allSatisfy {
                lengthClass(Int($0.lowerBound)) == lengthClass(Int($0.upperBound))
            },
            "a batch for this model is laid out with its lengthClass"
        )
        return try states(
            Rows(
                tokens: batch.tokens,
                positions: batch.positions,
                lengths: batch.sequenceLengths.map(\.upperBound),
                spans: batch.spans,
                wanted: batch.predictors
            ),
            tracing: trace,
            dropout: mode.dropout.flatMap { $0.includesModel ? $0 : nil },
            checkpointing: checkpointing
        )
    }

    func releasePages() { released.keys.forEach(releasePages(ofLayer:)) }

    private func releasePages(ofLayer layer: Int?) {
        for parameter in released[layer] ?? [] { parameter.releasePages() }
    }

    private func fill(layer: Int?) throws {
        guard let weights = unfilled[layer] else { return }
        try withoutGradients { for weight in weights { try weight.fill() } }
        unfilled[layer] = nil
    }

    func dropping<Result>(
        at place: DropoutPlace,
        _ body: () throws -> Result
    ) rethrows -> Result {
        try mode.dropping(at: place, body)
    }

    /// Hidden states behind the last norm, `[sequences, hidden]`.
    func nextTokenStates(_ sequences: [CachedSequence]) throws -> Tensor {
        var rows = Rows()
        var pasts: [Int] = []
        for sequence in sequences {
            let length = sequence.tokens.count
            let unread = sequence.beginReading(
                layerCount: parts.layers.count,
                lengthClass: lengthClass(length)
            )
            precondition(!unread.isEmpty, "a sequence has at least one token to read")
            let first = rows.tokens.count
            rows.tokens += sequence.tokens[unread]
            rows.positions += unread.map { Int32($0) }
            rows.lengths += unread.map { _ in Int32(length) }
            rows.spans.append(AttentionSpan(rows: first..<rows.tokens.count, context: []))
            rows.wanted?.append(Int32(rows.tokens.count - 1))
            pasts.append(unread.lowerBound)
        }
        try requireKnown(rows.tokens, path: path)
        if rows.wanted?.count == rows.tokens.count { rows.wanted = nil }
        return try withoutGradients {
            let states = try states(rows) { layer in
                zip(sequences, pasts).map {
                    LayerContext.Past(count: $1, cache: $0.layers[layer])
                }
            }
            for sequence in sequences { sequence.endReading() }
            return states
        }
    }

    /// Rows of sequences, and which of their states are wanted.
    private struct Rows {
        var tokens: [Int32] = []
        /// Of each row its position in its sequence.
        var positions: [Int32] = []
        /// Of each row how many tokens its sequence has.
        var lengths: [Int32] = []
        var spans: [AttentionSpan] = []
        /// All where nil.
        var wanted: [Int32]? = []
    }

    /// - Parameters:
    ///   - trace: takes what routers do with all rows.
    ///   - dropout: where in training the rows are; nothing is dropped where nil.
    ///   - past: of a layer, what it keeps of each span's sequence.
    private func states(
        _ rows: Rows,
        tracing trace: RouterTrace? = nil,
        dropout: DropoutPlace? = nil,
        checkpointing: ActivationCheckpointing = .off,
        past: (Int) -> [LayerContext.Past]? = { _ in nil }
    ) throws -> Tensor {
        try fill(layer: nil)
        let device = parts.embedding.device
        let wanted = try rows.wanted.map { try Tensor($0, on: device) }
        var x = try Tensor.embedding(parts.embedding, Tensor(rows.tokens, on: device))
        if let scale = parts.embeddingScale { x = try x * scale }
        if let positions = parts.positions {
            try requireReach(rows.positions, positions.shape[0])
            x = try x + Tensor.embedding(positions, Tensor(rows.positions, on: device))
        }
        x = try NumberInspection.module("embedding", embeddingDropout(x, at: dropout)) { $0 }
        var context = LayerContext(
            spans: rows.spans,
            rotary: try parts.rotary.map {
                try RotaryEmbedding(
                    $0,
                    positions: rows.positions,
                    lengths: rows.lengths,
                    headSize: parts.headSize,
                    dtype: parts.rotatesInFloat32 ? .float32 : parts.embedding.dtype,
                    on: device
                )
            },
            trace: trace,
            dropout: dropout,
            mode: mode
        )
        // Who looks at numbers wants to see them once; they are the same.
        let checkpointing = NumberInspection.isWatching ? .off : checkpointing
        for (index, layer) in parts.layers.enumerated() {
            try fill(layer: index)
            context.past = past(index)
            let isLast = index == parts.layers.count - 1
            context.checkpointing = isLast ? .off : checkpointing
            x = try context.recomputed(in: .full, x) { [layersPath] x, context in
                try NumberInspection.module("\(layersPath).\(index)", x) {
                    try layer($0, context, rows: isLast ? wanted : nil)
                }
            }
            releasePages(ofLayer: index)
        }
        return try parts.norm(x)
    }

    /// Refuses positions that were never learned.
    private func requireReach(_ positions: [Int32], _ limit: Int) throws {
        guard let last = positions.max(), last >= limit else { return }
        throw ModelError(path: path, .sequenceTooLong(position: Int(last), limit: limit))
    }
}

extension Decoder {
    /// A decoder with the names of Llama: model.embed_tokens, model.layers.N, model.norm, lm_head.
    ///
    /// - Parameters:
    ///   - normForm: of the last norm.
    ///   - ignoring: how names begin that the model does not take.
    ///   - adjust: sets the parts that are not every model's.
    ///   - layer: makes the layer of a number.
    convenience init(
        _ store: ParameterStore,
        _ shape: DecoderShape,
        rotary: [RotaryConfiguration],
        normForm: RMSNorm.Form = .roundedFirst,
        ignoring: [String] = [],
        adjust: (inout Parts) -> Void = { _ in },
        layer: (ParameterScope, Int) throws -> any DecoderLayer
    ) throws {
        let vocabulary = VocabularyNames(
            embedding: "model.embed_tokens.weight",
            head: "lm_head.weight",
            isTied: shape.tiesEmbeddings
        )
        let size = [shape.vocabularySize, shape.hiddenSize]
        let model = store.root["model"]
        let embedding = try vocabulary.embedding(store, size)
        let layers = try model["layers"].layers(shape.layerCount, layer)
        let norm = try RMSNorm(
            model["norm"],
            size: shape.hiddenSize,
            epsilon: shape.normEpsilon,
            form: normForm
        )
        var parts = Parts(
            embedding: embedding,
            rotary: rotary,
            headSize: shape.headSize,
            layers: layers,
            norm: norm,
            vocabularyWeight: try vocabulary.head(store, size, embedding),
            dropout: shape.dropout
        )
        adjust(&parts)
        // Checkpoints written before transformers 4.31 hold the rotary frequencies, which follow
        // from the configuration.
        try self.init(parts, vocabularySize: shape.vocabularySize, store) { name in
            name.hasSuffix(".rotary_emb.inv_freq") || ignoring.contains(where: name.hasPrefix)
        }
    }
}

/// The names of the embedding and of the vocabulary matrix, which may be one tensor.
struct VocabularyNames {
    let embedding: String
    let head: String
    let isTied: Bool

    /// Takes the embedding; where the two are tied, under either name.
    func embedding(_ store: ParameterStore, _ shape: [Int]) throws -> Tensor {
        let name = isTied ? try store.tie(embedding, with: head) : embedding
        return try store.take(name, shape: shape, initially: .embedding, savedName: embedding)
    }

    /// Takes the vocabulary matrix, or gives the embedding where the two are tied.
    func head(_ store: ParameterStore, _ shape: [Int], _ embedding: Tensor) throws -> Tensor {
        isTied ? embedding : try store.take(head, shape: shape)
    }
}

extension ParameterScope {
    /// Makes the layers of a model, named by their numbers.
    func layers(
        _ count: Int,
        _ layer: (ParameterScope, Int) throws -> any DecoderLayer
    ) throws -> [any DecoderLayer] {
        store.layersPath = path
        // Not by `map`, which makes room for as many layers as the configuration asks for before
        // the first is found missing.
        var layers: [any DecoderLayer] = []
        for index in 0..<count { layers.append(try layer(self["\(index)"], index)) }
        return layers
    }
}
