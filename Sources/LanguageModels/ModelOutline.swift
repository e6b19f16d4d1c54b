/// A model without its weights: what it is made of, and what it keeps when it computes.
package struct ModelOutline {
    /// The weights, in the order of the file.
    package let parameters: [ParameterRequest]
    /// How many numbers of the weights are trained; none where there is an adapter.
    package let trainedCount: Int
    /// How many numbers the adapter has, all of which are trained; nil where there is none.
    package let adapterCount: Int?
    /// How many tokens the model knows.
    package let vocabularySize: Int
    /// How many numbers of the vocabulary's matrix are trained: all or none.
    package let trainedHeadCount: Int
    /// See `CausalLanguageModel`.
    package let routerLoss: RouterLoss?
    /// Whether logits are capped.
    package let capsLogits: Bool
    /// See `CausalLanguageModel`.
    package let lengthClass: (Int) -> Int

    /// What layers keep that are behind the first trained weight, the adapter's part with them;
    /// the ones before it keep nothing.
    private let layers: [KeptCounts]
    /// Numbers of a row that the adapter's own dropout drops of, in the widest layer; 0 without.
    private let widestDropped: Int
    /// Whether the model names a dropout of its own.
    private let hasDropout: Bool
    /// Most numbers that a layer makes of a row behind its attention.
    private let widestResult: Int

    /// - Parameter trainedNames: the names of weights that are trained, where not all are.
    init(_ model: Decoder, _ store: ParameterStore, _ trainedNames: NamePattern?) {
        let requests = store.requests
        parameters = requests
        vocabularySize = model.vocabularySize
        routerLoss = model.routerLoss
        capsLogits = model.logitSoftCap != nil
        lengthClass = model.lengthClass
        let adapted = store.adapter?.outlines
        let trained =
            adapted == nil ? requests.filter { trainedNames?.matches($0.name) ?? true } : []
        trainedCount = trained.reduce(0) { $0 + $1.count }
        // The embedding has the same shape, and is the same matrix or trained with it.
        let headShape = [model.vocabularySize, requests.first?.shape.last ?? 0]
        trainedHeadCount = trained.last { $0.shape == headShape }?.count ?? 0
        adapterCount = adapted?.reduce(0) { $0 + $1.parameterCount }

        var kept = model.kept
        let path = store.layersPath ?? ""
        var first = kept.count
        for layer in adapted ?? [] {
            let number = Self.layer(of: layer.weight, in: path) ?? 0
            if kept.indices.contains(number) { kept[number].perRow += layer.keptCount }
            first = min(first, number)
        }
        // What is asked for before the layers, the embedding, comes before them in the model too.
        let before = requests.prefix { Self.layer(of: $0.name, in: path) == nil }.map(\.name)
        for weight in trained {
            let number = Self.layer(of: weight.name, in: path)
            first = min(first, number ?? (before.contains(weight.name) ? 0 : kept.count))
        }
        let drops = store.adapter.map { $0.configuration.dropout > 0 } ?? false
        widestDropped = drops ? adapted?.map(\.inputs).max() ?? 0 : 0
        hasDropout = model.hasDropout
        layers = Array(kept.dropFirst(first))
        widestResult = kept.map(\.perResult).max() ?? 0
    }

    /// The number in a name such as "model.layers.3.mlp.up_proj.weight"; nil outside of layers.
    static func layer(of name: String, in path: String) -> Int? {
        guard name.hasPrefix(path + ".") else { return nil }
        return Int(name.dropFirst(path.count + 1).prefix { $0 != "." })
    }

    /// How many numbers all weights have.
    package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// How many numbers of the compute dtype a forward keeps for the backward.
    ///
    /// The sum over layers of what `DecoderLayer.kept` tells and the checkpointing leaves, of which
    /// the last has the part behind attention only for entries; and the last norm's input and result.
    /// As if all of a layer's matrices were trained: those that are not may keep less.
    ///
    /// - Parameters:
    ///   - rows: of the batch.
    ///   - entries: of the batch.
    package func keptCount(
        rows: Int,
        entries: Int,
        _ checkpointing: ActivationCheckpointing = .off
    ) -> Double {
        let norm = 2 * Double(hiddenSize) * Double(entries)
        guard let last = layers.last else { return norm }
        return layers.dropLast().reduce(norm + count(of: last, rows, entries)) { sum, layer in
            sum + count(of: layer, rows, rows) - againCount(layer, rows, checkpointing)
        }
    }

    /// How many numbers a backward has at its height beside those that were kept.
    ///
    /// The widest layer's has about as many as its part behind attention kept, and what it computed
    /// again; and then what the last layer kept is gone.
    package func workingCount(
        rows: Int,
        entries: Int,
        _ checkpointing: ActivationCheckpointing = .off
    ) -> Double {
        guard let last = layers.last else { return 0 }
        let widest = layers.dropLast().map {
            Double(rows) * Double($0.perResult) + againCount($0, rows, checkpointing)
        }.max()
        return max(0, (widest ?? 0) - count(of: last, rows, entries))
    }

    /// How many numbers are there when a backward ends, in its first layer: what that computed
    /// again, and as many beside as in any.
    package func endCount(rows: Int, _ checkpointing: ActivationCheckpointing) -> Double {
        guard checkpointing != .off, layers.count > 1 else { return 0 }
        return Double(rows) * Double(layers[0].perResult)
            + againCount(layers[0], rows, checkpointing)
    }

    private func count(of layer: KeptCounts, _ rows: Int, _ results: Int) -> Double {
        Double(rows) * Double(layer.perRow) + Double(results) * Double(layer.perResult)
    }

    /// What a layer before the last does not keep but compute again.
    private func againCount(
        _ layer: KeptCounts,
        _ rows: Int,
        _ checkpointing: ActivationCheckpointing
    ) -> Double {
        switch checkpointing {
        case .off: 0
        case .selective: Double(rows) * Double(layer.behindInput)
        case .full: count(of: layer, rows, rows) - Double(rows) * Double(hiddenSize)
        }
    }

    /// How many numbers a forward has at its height where it keeps nothing.
    package func passingCount(rows: Int) -> Double { Double(rows) * Double(widestResult) }

    /// How many numbers dropout makes a mask for at a time; none where nothing is dropped.
    ///
    /// - Parameter appliesOwn: whether the model's own dropout is on.
    package func maskedCount(rows: Int, appliesOwn: Bool) -> Double {
        Double(rows) * Double(max(widestDropped, appliesOwn && hasDropout ? hiddenSize : 0))
    }

    /// Numbers of a hidden state: the width of the embedding, which comes first.
    private var hiddenSize: Int { parameters.first?.shape.last ?? 0 }
}
