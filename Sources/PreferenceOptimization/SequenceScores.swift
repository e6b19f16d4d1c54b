public import LanguageModels
public import TokenTrees
public import Torch

/// A model's log-probabilities of the scored tokens of a batch.
public struct SequenceScores {
    /// The scores of the batch's entries.
    public let tokens: TokenScores
    /// `[scored tokens]`: the log-probability of each sequence's scored tokens, sequence after
    /// sequence as in `PackedBatch.sequenceOffsets`, float32, in nats.
    public let logProbabilities: Tensor
    /// `[scored tokens]`: log Σ p² at the same tokens, without gradient; nil where not asked for.
    public let logCollisions: Tensor?

    /// Runs a model over a batch.
    ///
    /// - Parameters:
    ///   - withStatistics: whether to fill `TokenScores.statistics`.
    ///   - withCollisions: whether to fill `logCollisions`.
    ///   - trace: takes what the model's routers do.
    ///   - checkpointing: what the model's layers keep for the backward.
    public init(
        _ model: any CausalLanguageModel,
        _ batch: PackedBatch,
        withStatistics: Bool = false,
        withCollisions: Bool = false,
        tracing trace: RouterTrace? = nil,
        checkpointing: ActivationCheckpointing = .off
    ) throws {
        let device = model.vocabularyWeight.device
        let states = try model.predictorStates(
            batch,
            tracing: trace,
            checkpointing: checkpointing
        )
        tokens = try OperationProfile.section(.head) {
            try TokenScores(
                states: states,
                vocabularyWeight: model.vocabularyWeight,
                targets: Tensor(batch.targets, on: device).to(.int64),
                softCap: model.logitSoftCap,
                withStatistics: withStatistics,
                withCollisions: withCollisions
            )
        }
        // A token that several sequences share was scored once and counts for each of them.
        let entries = try Tensor(batch.sequenceEntries, on: device)
        logProbabilities = try tokens.logProbabilities.selected(entries)
        logCollisions = try tokens.logCollisions?.selected(entries)
    }
}
