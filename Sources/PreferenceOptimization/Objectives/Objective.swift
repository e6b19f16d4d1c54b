public import Torch

/// What training makes small: a loss per pair, as a pure function of the pair's scores.
///
/// A further objective is a file beside this one with an extension that makes it.
public struct Objective: Sendable {
    /// Its name on the command line and in run folders; TRL's where TRL has it.
    public let name: String
    /// What rewards are multiplied with: β.
    public let beta: Double
    /// The loss while policy and reference are equal, for the check of the first step.
    public let lossAtReference: Double
    /// `[pairs]` losses, float32, differentiable in the policy's scores.
    public let losses: @Sendable (PairScores) throws(TorchError) -> Tensor
}
