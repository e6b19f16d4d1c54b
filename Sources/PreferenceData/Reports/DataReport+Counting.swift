import TokenTrees

extension DataReport {
    /// Counts a row that is left out.
    mutating func skip(_ kind: BadRowKind, at source: RowSource) {
        rowsRead += 1
        skipped.count(kind, at: source)
    }

    /// Counts a pair that is kept.
    mutating func keep(_ row: PreparedRow) {
        rowsRead += 1
        pairsKept += 1
        implicitPrompts += row.origin == .implicitPrompt ? 1 : 0
        tokenRows += row.origin == .tokens ? 1 : 0
        endOfTextAppended += row.endOfTextAppended
        endOfTextMissing += row.endOfTextMissing
        boundaryShiftPairs += row.boundaryShift > 0 ? 1 : 0
        boundaryShiftTokens += row.boundaryShift
        let cuts = row.cutTokens.filter { $0 > 0 }
        truncatedPairs += cuts.isEmpty ? 0 : 1
        truncatedSequences += cuts.count
        truncatedTokens += cuts.reduce(0, +)
        let preference = row.preference
        promptTokens += preference.promptLength
        for (index, sequence) in preference.sequences.enumerated() {
            let count = sequence.tokens.count - preference.promptLength
            if preference.judgement.prefers(index) {
                chosenTokens += count
            } else {
                rejectedTokens += count
            }
        }
        pairsWithoutPrompt += preference.promptLength == 0 ? 1 : 0
        modelRows += row.modelRows
        modelRowsWithoutSharing += row.modelRowsWithoutSharing
    }
}

extension [SkippedRows] {
    /// Counts a row that is left out.
    mutating func count(_ kind: BadRowKind, at source: RowSource) {
        guard let index = firstIndex(where: { $0.kind == kind }) else {
            append(SkippedRows(kind: kind, count: 1, places: [source]))
            sort { $0.kind.order < $1.kind.order }
            return
        }
        self[index].count += 1
        if self[index].places.count < SkippedRows.placeLimit {
            self[index].places.append(source)
        }
    }
}

extension BadRowKind {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
