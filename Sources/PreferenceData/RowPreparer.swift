import TokenTrees

/// Makes a pair of token sequences of one line of a file.
struct RowPreparer: Sendable {
    let encoder: (any TextEncoder)?
    let settings: DataSettings

    func prepare(
        line: [UInt8],
        from source: RowSource
    ) throws(DataError.Reason) -> PreparedRow {
        switch try RowShapes.read(line: line) {
        case .text(let pair):
            guard let encoder else { throw .tokenizerMissing }
            return try prepare(
                try TokenizedPair(
                    pair,
                    encoder: encoder,
                    appendingEndOfText: settings.appendsEndOfText
                ),
                origin: pair.promptIsImplicit ? .implicitPrompt : .explicitPrompt,
                suffix: "",
                limit: settings.vocabularySize,
                source
            )
        case .tokens(let pair):
            return try prepare(
                try TokenizedPair(pair),
                origin: .tokens,
                suffix: "_ids",
                limit: settings.vocabularySize ?? encoder?.vocabularySize,
                source
            )
        }
    }

    /// Checks and cuts.
    ///
    /// - Parameters:
    ///   - suffix: what the row's keys have behind "prompt", "chosen" and "rejected".
    ///   - limit: what all token ids must be below.
    private func prepare(
        _ tokenized: TokenizedPair,
        origin: PreparedRow.Origin,
        suffix: String,
        limit: Int?,
        _ source: RowSource
    ) throws(DataError.Reason) -> PreparedRow {
        let promptLength = tokenized.promptLength
        let full = [("chosen", tokenized.chosen), ("rejected", tokenized.rejected)]
        for (key, tokens) in full {
            if let limit, let index = tokens.firstIndex(where: { $0 < 0 || $0 >= limit }) {
                throw .tokenOutOfRange(
                    key: (index < promptLength ? "prompt" : key) + suffix,
                    token: Int(tokens[index]),
                    limit: limit
                )
            }
            if tokens.count == promptLength { throw .emptyAnswer(key: key + suffix) }
        }
        if tokenized.chosen == tokenized.rejected { throw .equalAnswers }
        let maximumLength = settings.maximumLength
        if promptLength >= maximumLength {
            throw .promptTooLong(tokens: promptLength, limit: maximumLength)
        }
        let sequences = full.map { _, tokens in
            let kept = tokens.count > maximumLength ? Array(tokens[..<maximumLength]) : tokens
            return TokenSequence(tokens: kept, scored: [promptLength..<kept.count])
        }
        if sequences[0] == sequences[1] { throw .equalAfterTruncation(limit: maximumLength) }
        if sequences.contains(where: { $0.scored.isEmpty }) { throw .nothingToPredictFrom }
        return PreparedRow(
            pair: PreferencePair(
                chosen: sequences[0],
                rejected: sequences[1],
                promptLength: promptLength,
                source: source
            ),
            origin: origin,
            endOfTextAppended: tokenized.endOfTextAppended,
            endOfTextMissing: tokenized.endOfTextMissing,
            boundaryShift: tokenized.boundaryShift,
            cutTokens: full.map { max(0, $0.1.count - maximumLength) },
            modelRows: PackedBatch.rowCount(of: sequences),
            modelRowsWithoutSharing: PackedBatch.rowCount(of: sequences, sharingPrefixes: false)
        )
    }
}
