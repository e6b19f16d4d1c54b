public import TokenTrees
public import Torch

/// A decoder that predicts the next token.
public protocol CausalLanguageModel: AnyObject {
    /// How many tokens it knows.
    var vocabularySize: Int { get }

    /// Its weights, in the order of files, optimizers and checkpoints.
    var parameters: [Parameter] { get }

    /// The vocabulary matrix: logits are hidden states times its transpose.
    ///
    /// `[vocabulary, hidden]`, compute dtype.
    var vocabularyWeight: Tensor { get }

    /// Hidden states behind the last norm, for the rows that predict something.
    ///
    /// - Returns: `[entries, hidden]`, compute dtype: one row per entry of `batch.predictors`.
    /// - Throws: `TorchError`; `ModelError` where a token lies outside the vocabulary.
    func predictorStates(_ batch: PackedBatch) throws -> Tensor
}

extension CausalLanguageModel {
    /// How many numbers all weights have.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.master.count } }

    /// Brings the weights that layers compute with up to date with their masters.
    ///
    /// Does nothing where they are the same tensors.
    public func refreshValues() throws {
        try withoutGradients {
            for parameter in parameters where parameter.value !== parameter.master {
                try parameter.value.copyInPlace(parameter.master)
            }
        }
    }
}
