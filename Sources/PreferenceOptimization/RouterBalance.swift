import LanguageModels
import PreferenceData
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

    /// Begins a step.
    mutating func begin(_ policy: any CausalLanguageModel, _ microBatches: [MicroBatch]) throws {
        value = 0
        var tally = RouterTally()
        for microBatch in microBatches {
            let trace = RouterTrace(microBatch.batch, counting: microBatch.sequences)
            if microBatches.count > 1, loss.form != .perSequence {
                // With what the pass with gradients will drop.
                _ = try withoutGradients {
                    try policy.dropping(at: microBatch.dropout) {
                        try policy.predictorStates(
                            microBatch.batch,
                            tracing: trace,
                            checkpointing: .off
                        )
                    }
                }
            }
            tally.add(trace)
        }
        step = microBatches.count > 1 ? tally : nil
    }

    /// What a micro-batch adds to the step's loss, differentiable, times the coefficient.
    mutating func share(_ trace: RouterTrace) throws -> Tensor {
        let share = try loss.share(of: trace, in: step)
        value += try share.detached().item()
        return try share * coefficient
    }
}

extension Preference {
    /// The preference with all tokens of its sequences as inputs.
    var readWhole: Preference {
        var preference = self
        for index in sequences.indices { preference.sequences[index].isReadWhole = true }
        return preference
    }
}
