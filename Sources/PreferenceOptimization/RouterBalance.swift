import LanguageModels
import TokenTrees
import Torch

/// The loss of a policy's routers, over all tokens of a step.
///
/// What TRL has where a step is one batch: transformers' `load_balancing_loss_func` with padding
/// masked, so a token counts once for each sequence it is in, and the last one of a sequence
/// counts too. It does not depend on micro-batches. How often an expert was chosen in the whole
/// step must be known before the first gradient, so a step of several micro-batches runs the
/// policy over them once more, without gradients; a loss per sequence needs no such pass.
struct RouterBalance {
    private let loss: RouterLoss
    private let coefficient: Double
    private var step: RouterTally?
    /// The step's loss so far, without the coefficient.
    private(set) var value = 0.0

    /// - Parameters:
    ///   - coefficient: what the loss is multiplied with; the model's own where nil.
    /// - Returns: nil where there are no routers, or their loss does not count.
    init?(_ policy: any CausalLanguageModel, coefficient: Double?) {
        guard let loss = policy.routerLoss else { return nil }
        self.loss = loss
        self.coefficient = coefficient ?? loss.coefficient
        guard self.coefficient > 0 else { return nil }
    }

    /// `value` times the coefficient.
    var weighted: Double { coefficient * value }

    /// The sequences with all their tokens as inputs.
    func readingWhole(_ sequences: [TokenSequence]) -> [TokenSequence] {
        sequences.map {
            var sequence = $0
            sequence.isReadWhole = true
            return sequence
        }
    }

    /// Begins a step.
    mutating func begin(_ policy: any CausalLanguageModel, _ batches: [PackedBatch]) throws {
        value = 0
        var tally = RouterTally()
        for batch in batches {
            let trace = RouterTrace(batch)
            if batches.count > 1, loss.form != .perSequence {
                _ = try withoutGradients { try policy.predictorStates(batch, tracing: trace) }
            }
            tally.add(trace)
        }
        step = batches.count > 1 ? tally : nil
    }

    /// What a micro-batch adds to the step's loss, differentiable, times the coefficient.
    mutating func share(_ trace: RouterTrace) throws -> Tensor {
        let share = try loss.share(of: trace, in: step)
        value += try share.detached().item()
        return try share * coefficient
    }
}
