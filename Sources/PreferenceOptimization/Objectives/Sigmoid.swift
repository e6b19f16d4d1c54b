import Foundation
import Torch

extension Objective {
    /// The loss of DPO: −log σ(β · h), where h is how much more the policy prefers the chosen
    /// answer to the rejected one than the reference does.
    ///
    /// h = (log π(chosen) − log π_ref(chosen)) − (log π(rejected) − log π_ref(rejected)), with
    /// log-probabilities summed over the scored tokens.
    ///
    /// - Parameter beta: how much a unit of h counts; the larger, the closer the policy stays to
    ///   the reference. Above 0; 0.1 in TRL.
    /// - Note: Equation 7 of arXiv:2305.18290. TRL's `sigmoid`.
    public static func sigmoid(beta: Double) -> Objective {
        Objective(name: "sigmoid", beta: beta, lossAtReference: log(2)) {
            (scores) throws(TorchError) in
            let margins = try scores.chosenLogRatios - scores.rejectedLogRatios
            return try (margins * beta).logSigmoid() * -1
        }
    }
}
