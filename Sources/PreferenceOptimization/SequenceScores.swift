public import LanguageModels
public import TokenTrees
public import Torch

/// A model's log-probabilities of the scored tokens of a batch, and their sums.
public struct SequenceScores {
    /// The scores of the batch's entries.
    public let tokens: TokenScores
    /// `[scored tokens]`: the log-probability of each sequence's scored tokens, sequence after
    /// sequence as in `PackedBatch.sequenceOffsets`, float32, in nats.
    public let logProbabilities: Tensor
    /// `[sequences]`: the sum over each sequence's scored tokens, float32, in nats.
    public let sums: Tensor

    /// Runs a model over a batch.
    ///
    /// - Parameter withStatistics: whether to fill `TokenScores.statistics`.
    public init(
        _ model: any CausalLanguageModel,
        _ batch: PackedBatch,
        withStatistics: Bool = false
    ) throws {
        let device = model.vocabularyWeight.device
        tokens = try TokenScores(
            states: model.predictorStates(batch),
            vocabularyWeight: model.vocabularyWeight,
            targets: Tensor(batch.targets, on: device).to(.int64),
            softCap: model.logitSoftCap,
            withStatistics: withStatistics
        )
        // A token that several sequences share was scored once and counts for each of them.
        logProbabilities = try tokens.logProbabilities.selected(
            Tensor(batch.sequenceEntries, on: device)
        )
        let owners = (0..<batch.sequenceCount).flatMap { sequence in
            repeatElement(Int32(sequence), count: batch.entries(ofSequence: sequence).count)
        }
        sums = try Tensor.zeros([batch.sequenceCount], .float32, on: device)
        try sums.addInPlace(logProbabilities, at: Tensor(owners, on: device))
    }
}
