public import LanguageModels
public import PreferenceData
import TokenTrees
import Torch

extension ReferenceCache {
    /// Asks the reference and keeps what it says, one micro-batch after the other: what was computed
    /// before an interruption stays.
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
            let batch = PackedBatch(
                groups: run.map(\.sequences),
                lengthClass: model.lengthClass
            )
            let tokens = try withoutGradients {
                try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)
            }
            let sequences = run.flatMap(\.sequences)
            try keep(
                sequences.enumerated().map { index, sequence in
                    let range = batch.sequenceOffsets[index]..<batch.sequenceOffsets[index + 1]
                    return (sequence, Array(tokens[range]))
                }
            )
            done += run.count
            progress(done)
        }
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
