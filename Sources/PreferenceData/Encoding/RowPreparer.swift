import TokenTrees

/// Makes a preference of one row.
struct RowPreparer: Sendable {
    let reader: ExampleReader
    let encoder: ExampleEncoder
    let settings: DataSettings

    init(processor: TextProcessor?, settings: DataSettings) {
        reader = ExampleReader(format: settings.format, columns: settings.columns)
        encoder = ExampleEncoder(processor: processor, settings: settings)
        self.settings = settings
    }

    /// - Throws: why the row cannot be used.
    func prepare(_ row: RawRow) throws(DataError.Reason) -> PreparedRow {
        try prepare(reader.example(row), of: row)
    }

    /// Makes a preference of what a row was read to say.
    ///
    /// - Throws: why it cannot be used.
    func prepare(
        _ example: PreferenceExample,
        of row: RawRow
    ) throws(DataError.Reason) -> PreparedRow {
        let encoded = try encoder.encode(example)
        try check(encoded, of: example)
        let sequences = try truncated(encoded)
        for (better, worse) in example.judgement.comparisons
        where sequences[better] == sequences[worse] {
            throw .equalAfterTruncation(limit: settings.maximumLength)
        }
        if sequences.contains(where: { $0.scored.isEmpty }) { throw .nothingToPredictFrom }
        return PreparedRow(
            preference: Preference(
                sequences: sequences,
                promptLength: encoded.promptLength,
                judgement: example.judgement,
                weight: example.weight,
                margin: example.margin,
                source: row.source
            ),
            origin: example.origin,
            endOfTextAppended: encoded.endOfTextAppended,
            endOfTextMissing: encoded.endOfTextMissing,
            boundaryShift: encoded.boundaryShift,
            cutTokens: zip(encoded.sequences, sequences).map { $0.tokens.count - $1.tokens.count },
            modelRows: PackedBatch.rowCount(of: sequences),
            modelRowsWithoutSharing: PackedBatch.rowCount(of: sequences, sharingPrefixes: false)
        )
    }

    /// Refuses tokens that the model does not know, answers without a token and equal answers.
    private func check(
        _ encoded: EncodedExample,
        of example: PreferenceExample
    ) throws(DataError.Reason) {
        let isTokens = example.origin == .tokens
        let limit =
            settings.vocabularySize
            ?? (isTokens ? encoder.processor?.encoder.vocabularySize : nil)
        let suffix = isTokens ? "_ids" : ""
        for (answer, sequence) in encoded.sequences.enumerated() {
            let key = example.judgement.key(ofAnswer: answer)
            let tokens = sequence.tokens
            if let limit, let index = tokens.firstIndex(where: { $0 < 0 || $0 >= limit }) {
                throw .tokenOutOfRange(
                    key: (index < encoded.promptLength ? "prompt" : key) + suffix,
                    token: Int(tokens[index]),
                    limit: limit
                )
            }
            if tokens.count == encoded.promptLength { throw .emptyAnswer(key: key + suffix) }
        }
        for (better, worse) in example.judgement.comparisons
        where encoded.sequences[better].tokens == encoded.sequences[worse].tokens {
            throw .equalAnswers
        }
    }

    /// The sequences, cut at the maximum length.
    private func truncated(
        _ encoded: EncodedExample
    ) throws(DataError.Reason) -> [TokenSequence] {
        let maximumLength = settings.maximumLength
        if encoded.promptLength >= maximumLength {
            throw .promptTooLong(tokens: encoded.promptLength, limit: maximumLength)
        }
        return encoded.sequences.map { sequence in
            let tokens = Array(sequence.tokens.prefix(maximumLength))
            return TokenSequence(
                tokens: tokens,
                scored: sequence.scored.map { $0.clamped(to: 0..<tokens.count) }
            )
        }
    }
}

extension PreferenceExample {
    fileprivate var origin: PreparedRow.Origin {
        if case .tokens = prompt { return .tokens }
        return promptIsImplicit ? .implicitPrompt : .explicitPrompt
    }
}
