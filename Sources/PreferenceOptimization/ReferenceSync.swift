import LanguageModels
import Torch

/// How a reference follows the policy: TR-DPO, arXiv:2404.09656.
public struct ReferenceSync: Codable, Sendable, Equatable {
    /// The policy's share when the reference moves, above 0 and at most 1; 1 makes it a copy.
    public var mixup: Double
    /// Steps between two moves, at least 1.
    public var steps: Int

    /// TRL's `ref_model_mixup_alpha` and `ref_model_sync_steps`.
    public init(mixup: Double = 0.6, steps: Int = 512) {
        self.mixup = mixup
        self.steps = steps
    }

    /// reference ← mixup · policy + (1 − mixup) · reference, in the masters' float32.
    ///
    /// - Parameter reference: loaded as if to be trained as the policy is, so that its weights are its own.
    func move(
        _ reference: any CausalLanguageModel,
        towards policy: any CausalLanguageModel
    ) throws {
        try withoutGradients {
            for (own, other) in zip(reference.trainedParameters, policy.trainedParameters) {
                try own.master.multiplyInPlace(1 - mixup)
                try own.master.addInPlace(other.master, scale: mixup)
            }
        }
        try reference.refreshValues()
    }
}
