import PreferenceData
import TokenTrees

extension MicroBatch {
    /// The place in the data that a row of a tensor comes from, where the tensor has all rows or
    /// those that predict something.
    ///
    /// - Parameter count: how many rows the tensor has.
    func source(row: Int, count: Int) -> String? {
        let row =
            switch count {
            case batch.tokens.count: row
            case batch.predictors.count: Int(batch.predictors[row])
            default: -1
            }
        let sequence = batch.sequenceRows.firstIndex { $0.contains(Int32(row)) }
        return sequence.flatMap(source(ofSequence:))
    }

    /// The first place in the data that a sequence comes from, and which of its answers it is.
    func source(ofSequence sequence: Int) -> String? {
        guard let place = sequences.firstIndex(of: sequence) else { return nil }
        var first = 0
        for preference in preferences {
            let answer = place - first
            first += preference.sequences.count
            guard answer < preference.sequences.count else { continue }
            guard preference.judgement == .pair else {
                return "\(preference.source), answer \(answer + 1)"
            }
            return "\(preference.source), \(answer == 0 ? "chosen" : "rejected")"
        }
        return nil
    }
}

extension [MicroBatch] {
    /// The place in the data of a scored token, counted over all of them.
    func source(ofToken token: Int) -> String? {
        var first = 0
        for microBatch in self {
            let offsets = microBatch.batch.sequenceOffsets
            let own = token - first
            first += offsets.last ?? 0
            guard own < offsets.last ?? 0 else { continue }
            return offsets.dropFirst().firstIndex { own < $0 }
                .flatMap { microBatch.source(ofSequence: $0 - 1) }
        }
        return nil
    }
}
