public import Torch

/// What an objective sees of a batch of pairs: log-probabilities of whole answers.
///
/// Everything is `[pairs]`, float32, in nats, summed over the scored tokens. The policy's are
/// differentiable.
public struct PairScores {
    /// log π(chosen | prompt).
    public let policyChosen: Tensor
    /// log π(rejected | prompt).
    public let policyRejected: Tensor
    /// log π_ref(chosen | prompt).
    public let referenceChosen: Tensor
    /// log π_ref(rejected | prompt).
    public let referenceRejected: Tensor

    /// Sorts sums per sequence, which alternate chosen and rejected.
    ///
    /// - Parameters:
    ///   - policy: `[2 · pairs]`, chosen and rejected of each pair behind each other.
    ///   - reference: the same of the reference.
    public init(policy: Tensor, reference: Tensor) throws(TorchError) {
        func column(_ sums: Tensor, _ index: Int) throws(TorchError) -> Tensor {
            try sums.reshaped([-1, 2]).narrowed(index..<index + 1, dimension: 1).squeezed(1)
        }
        policyChosen = try column(policy, 0)
        policyRejected = try column(policy, 1)
        referenceChosen = try column(reference, 0)
        referenceRejected = try column(reference, 1)
    }

    /// `[pairs]`: log π(chosen) − log π_ref(chosen).
    public var chosenLogRatios: Tensor {
        get throws(TorchError) { try policyChosen - referenceChosen }
    }

    /// `[pairs]`: log π(rejected) − log π_ref(rejected).
    public var rejectedLogRatios: Tensor {
        get throws(TorchError) { try policyRejected - referenceRejected }
    }
}
