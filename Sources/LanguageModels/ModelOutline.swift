/// A model without its weights: what it is made of, and what it keeps when it computes.
package struct ModelOutline {
    /// The weights, in the order of the file.
    package let parameters: [ParameterRequest]
    /// How many tokens the model knows.
    package let vocabularySize: Int
    /// See `CausalLanguageModel`.
    package let routerLoss: RouterLoss?
    /// Whether logits are capped.
    package let capsLogits: Bool
    /// See `CausalLanguageModel`.
    package let lengthClass: (Int) -> Int

    private let layers: [KeptCounts]

    init(_ model: Decoder, _ parameters: [ParameterRequest]) {
        self.parameters = parameters
        vocabularySize = model.vocabularySize
        routerLoss = model.routerLoss
        capsLogits = model.logitSoftCap != nil
        lengthClass = model.lengthClass
        layers = model.kept
    }

    /// How many numbers all weights have.
    package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// How many numbers of the compute dtype a forward keeps for the backward.
    ///
    /// The sum over layers of what `DecoderLayer.kept` tells, of which the last has the part behind
    /// attention only for entries; and the last norm's input and result.
    ///
    /// - Parameters:
    ///   - rows: of the batch.
    ///   - entries: of the batch.
    package func keptCount(rows: Int, entries: Int) -> Double {
        layers.indices.reduce(2 * Double(hiddenSize) * Double(entries)) { sum, index in
            let isLast = index == layers.count - 1
            return sum + Double(rows) * Double(layers[index].perRow)
                + Double(isLast ? entries : rows) * Double(layers[index].perResult)
        }
    }

    /// How many numbers a backward has at its height beside those that were kept.
    ///
    /// The widest layer's has about as many as its part behind attention kept, and then what the
    /// last layer kept is gone.
    package func workingCount(rows: Int, entries: Int) -> Double {
        guard let last = layers.last else { return 0 }
        let widest = layers.dropLast().map(\.perResult).max() ?? 0
        let gone = Double(rows) * Double(last.perRow) + Double(entries) * Double(last.perResult)
        return max(0, Double(rows) * Double(widest) - gone)
    }

    /// Numbers of a hidden state: the width of the embedding, which comes first.
    private var hiddenSize: Int { parameters.first?.shape.last ?? 0 }
}
