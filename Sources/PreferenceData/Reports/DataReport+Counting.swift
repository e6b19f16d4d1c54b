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
        let encoded = row.encoded
        endOfTextAppended += encoded.endOfTextAppended
        endOfTextMissing += encoded.endOfTextMissing
        emptyThinkingRemoved += encoded.lostEmptyThinking ? 1 : 0
        boundaryShiftPairs += encoded.boundaryShift > 0 ? 1 : 0
        boundaryShiftTokens += encoded.boundaryShift
        let cut = encoded.sequences.filter { $0.cutPromptTokens + $0.cutAnswerTokens > 0 }
        truncatedPairs += cut.isEmpty ? 0 : 1
        truncatedSequences += cut.count
        truncatedPromptTokens += cut.reduce(0) { $0 + $1.cutPromptTokens }
        truncatedAnswerTokens += cut.reduce(0) { $0 + $1.cutAnswerTokens }
        truncatedAnswerEnds += cut.count(where: \.lostItsEnd)
        let preference = row.preference
        promptTokens += row.promptCounts.max() ?? 0
        for (index, sequence) in preference.sequences.enumerated() {
            let count = sequence.tokens.count - row.promptCounts[index]
            if preference.judgement.prefers(index) {
                chosenTokens += count
            } else {
                rejectedTokens += count
            }
            scoredTokens += sequence.scoredCount
        }
        pairsWithUnscoredFirst +=
            encoded.sequences.contains { $0.scored.first?.lowerBound == 0 } ? 1 : 0
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
