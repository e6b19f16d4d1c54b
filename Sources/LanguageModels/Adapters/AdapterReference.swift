import TokenTrees
import Torch

/// What a policy was before its adapter was trained: the base model, or the base with the adapter
/// that training goes on from.
///
/// It is the policy itself, computed otherwise; there is no second copy of the base.
final class AdapterReference: CausalLanguageModel {
    private let policy: any CausalLanguageModel
    private let mode: ComputeMode

    init(_ policy: any CausalLanguageModel, _ mode: ComputeMode) {
        self.policy = policy
        self.mode = mode
    }

    var vocabularySize: Int { policy.vocabularySize }
    /// None: nothing of it can be trained or saved.
    var parameters: [Parameter] { [] }
    var vocabularyWeight: Tensor { policy.vocabularyWeight }
    var logitSoftCap: Double? { policy.logitSoftCap }
    var positionLimit: Int? { policy.positionLimit }

    func lengthClass(_ length: Int) -> Int { policy.lengthClass(length) }

    func releasePages() { policy.releasePages() }

    func predictorStates(_ batch: PackedBatch) throws -> Tensor {
        try mode.asReference { try policy.predictorStates(batch) }
    }

    func nextTokenStates(_ sequences: [CachedSequence]) throws -> Tensor {
        try mode.asReference { try policy.nextTokenStates(sequences) }
    }
}
