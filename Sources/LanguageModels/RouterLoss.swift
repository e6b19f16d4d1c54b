public import Torch

/// A loss that keeps routers from favouring few experts.
///
/// Of E experts a token goes to k. With F the choices of an expert per token (they add up to k) and
/// P the mean of its probabilities, a set of tokens has the loss E · Σ F · P over the experts, which
/// is least where all are chosen alike (arXiv:2101.03961). Gradients flow through P.
public struct RouterLoss: Sendable, Equatable {
    /// Over which tokens F and P are taken.
    public enum Form: Sendable, Equatable {
        /// Those of all layers together: transformers' `load_balancing_loss_func`.
        case allLayers
        /// Those of each layer; the losses are added.
        case perLayer
        /// Those of each layer and sequence, with F divided by k; layers are added, and the mean is
        /// taken over sequences.
        case perSequence
    }

    /// Over which tokens F and P are taken.
    public let form: Form
    /// What the model's configuration multiplies the loss with.
    public let coefficient: Double

    /// The part of a step's loss that a pass contributes, differentiable, without the coefficient.
    ///
    /// - Parameters:
    ///   - trace: of the pass, with gradients.
    ///   - step: what all passes of the step add up to; nil where this is the only one.
    /// - Returns: a scalar, float32.
    public func share(of trace: RouterTrace, in step: RouterTally? = nil) throws -> Tensor {
        var own = RouterTally()
        own.add(trace)
        let step = step ?? own
        var total = try Tensor.zeros([], .float32)
        for (index, layer) in trace.layers.enumerated() {
            let (rows, factors) = factors(index, layer, trace, step)
            let table = try Tensor(
                factors.map { Float($0) },
                shape: [rows, layer.expertCount],
                on: layer.probabilities.device
            )
            let share = try (layer.probabilities * table).sum()
            total = index == 0 ? share : try total + share
        }
        return total
    }

    /// What the sums of probabilities of a layer are multiplied with, for each sequence or for all.
    private func factors(
        _ index: Int,
        _ layer: RouterTrace.Layer,
        _ trace: RouterTrace,
        _ step: RouterTally
    ) -> (rows: Int, factors: [Double]) {
        let experts = Double(layer.expertCount)
        let tokens = Double(max(1, step.tokenCount))
        switch form {
        case .allLayers:
            let layers = Double(step.choices.count)
            let factors = (0..<layer.expertCount).map { expert in
                let chosen = step.choices.reduce(0) { $0 + $1[expert] }
                return experts * chosen / (tokens * layers) / (tokens * layers)
            }
            return (1, factors)
        case .perLayer:
            return (1, step.choices[index].map { experts * $0 / tokens / tokens })
        case .perSequence:
            let factors = layer.choices.enumerated().map { place, count in
                let length = Double(max(1, trace.lengths[place / layer.expertCount]))
                return experts * count / Double(layer.choiceCount) / length / length
                    / Double(step.sequenceCount)
            }
            return (trace.lengths.count, factors)
        }
    }
}

/// How often the routers of several passes chose each expert.
public struct RouterTally: Sendable, Equatable {
    /// Per layer with experts and expert; empty where no pass was traced.
    private(set) var choices: [[Double]] = []
    /// Tokens of all sequences; one that sequences share counts for each.
    private(set) var tokenCount = 0
    private(set) var sequenceCount = 0

    /// Nothing yet.
    public init() {}

    /// Adds a pass.
    public mutating func add(_ trace: RouterTrace) {
        tokenCount += trace.lengths.reduce(0, +)
        sequenceCount += trace.lengths.count
        for (index, layer) in trace.layers.enumerated() {
            if index == choices.count {
                choices.append(Array(repeating: 0, count: layer.expertCount))
            }
            for (place, count) in layer.choices.enumerated() {
                choices[index][place % layer.expertCount] += count
            }
        }
    }
}
