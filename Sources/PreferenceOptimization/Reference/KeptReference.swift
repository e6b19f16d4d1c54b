public import LanguageModels
import TokenTrees
import Torch

/// A frozen reference whose log-probabilities are kept: what its cache does not have is asked of the
/// model when it is first needed, and kept.
///
/// So training begins at once, each sequence is computed once, and what was computed before an
/// interruption stays.
public final class KeptReference {
    /// What is kept.
    public let cache: ReferenceCache
    private let load: () throws -> any CausalLanguageModel
    private var model: (any CausalLanguageModel)?

    /// - Parameters:
    ///   - cache: of the model's key, in the key's dtype.
    ///   - load: loads the model, where it is asked for anything.
    public init(_ cache: ReferenceCache, load: @escaping () throws -> any CausalLanguageModel) {
        self.cache = cache
        self.load = load
    }

    /// Log-probabilities of the scored tokens of all sequences, sequence after sequence, in nats.
    ///
    /// - Parameter groups: the sequences of one prompt each, as a `PackedBatch` takes them: what
    ///   is missing of them is computed together.
    /// - Throws: `TorchError`; `FileError` where nothing can be read or kept; what loading throws.
    func logProbabilities(of groups: [[TokenSequence]]) throws -> [Float] {
        let missing = groups.map { $0.filter { !cache.contains($0) } }.filter { !$0.isEmpty }
        if !missing.isEmpty { try compute(missing) }
        return try groups.joined().flatMap { sequence in
            guard let kept = try cache.logProbabilities(of: sequence) else {
                preconditionFailure("what was missing has been kept")
            }
            return kept
        }
    }

    /// Lets the model go, which is loaded again should it be asked for more.
    func releaseModel() { model = nil }

    private func compute(_ groups: [[TokenSequence]]) throws {
        let model = try model ?? load()
        self.model = model
        let batch = PackedBatch(
            groups: PackedBatch.joinedWhereAlike(groups, lengthClass: model.lengthClass),
            lengthClass: model.lengthClass
        )
        let tokens = try OperationProfile.section(.reference) {
            try withoutGradients {
                try NumberInspection.prefixed("reference ") {
                    try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)
                }
            }
        }
        model.releasePages()
        try cache.keep(
            groups.joined().enumerated().map { index, sequence in
                let range = batch.sequenceOffsets[index]..<batch.sequenceOffsets[index + 1]
                return (sequence, Array(tokens[range]))
            }
        )
    }
}
