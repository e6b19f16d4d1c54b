public import LanguageModels
public import PreferenceData
import TokenTrees
import Torch

extension ReferenceCache {
    /// Asks the reference and keeps what it says, one micro-batch after the other: what was computed
    /// before an interruption stays.
    ///
    /// A sequence that is kept is not computed again.
    ///
    /// - Parameters:
    ///   - model: the one that the cache's key was made of, in the key's dtype.
    ///   - microBatchTokens: the most rows of the model at a time.
    ///   - progress: called with the number of preferences done so far.
    /// - Throws: `TorchError`, or `FileError` where nothing more can be kept.
    public func fill(
        _ preferences: some Sequence<Preference>,
        with model: any CausalLanguageModel,
        microBatchTokens: Int,
        progress: (Int) -> Void = { _ in }
    ) throws {
        var done = 0
        try preferences.forEachRun(limit: microBatchTokens) { preference in
            PackedBatch.rowCount(of: preference.sequences, lengthClass: model.lengthClass)
        } body: { run in
            let groups = PromptGroup.groups(
                of: run,
                tokenLimit: microBatchTokens,
                sharingPrefixes: true,
                lengthClass: model.lengthClass
            ).map { $0.sequences.filter { !contains($0) } }
            try fill(groups.filter { !$0.isEmpty }, with: model)
            done += run.count
            progress(done)
        }
    }

    /// Asks the reference for the sequences of one micro-batch, grouped by prompts.
    private func fill(_ groups: [[TokenSequence]], with model: any CausalLanguageModel) throws {
        // The run before may have had all that another one has.
        guard !groups.isEmpty else { return }
        let batch = PackedBatch(groups: groups, lengthClass: model.lengthClass)
        let tokens = try withoutGradients {
            try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)
        }
        try keep(
            groups.joined().enumerated().map { index, sequence in
                let range = batch.sequenceOffsets[index]..<batch.sequenceOffsets[index + 1]
                return (sequence, Array(tokens[range]))
            }
        )
    }
}

extension RandomAccessCollection<Preference> {
    /// Where the preferences are of which a cache does not know every sequence.
    public func missing(in cache: ReferenceCache) -> [Index] {
        indices.filter { !self[$0].sequences.allSatisfy(cache.contains) }
    }
}

extension TrainingConfiguration {
    /// How often each of so many preferences is used.
    public func passes(over count: Int) -> Double {
        maximumSteps.map { Double($0) * Double(batchSize) / Double(Swift.max(1, count)) }
            ?? Double(epochs)
    }
}
