import TokenTrees

/// Makes a preference of one row.
struct RowPreparer: Sendable {
    let reader: ExampleReader
    let encoder: ExampleEncoder
    let settings: DataSettings
    /// The tokens that the tokenizer puts before every text.
    private let beginning: [Int32]

    init(processor: TextProcessor?, settings: DataSettings) {
        reader = ExampleReader(format: settings.format, columns: settings.columns)
        encoder = ExampleEncoder(processor: processor, settings: settings)
        self.settings = settings
        beginning = processor?.encoder.encode("", addingSpecialTokens: true) ?? []
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
        let encoded = try encoder.encode(example, row: row.index)
        try check(encoded, of: example)
        let cut = try truncated(encoded, of: example)
        let sequences = cut.sequences.map { TokenSequence(tokens: $0.tokens, scored: $0.scored) }
        if let answer = sequences.firstIndex(where: \.scored.isEmpty) {
            // Only a first token was to be scored, and nothing comes before it.
            if encoded.sequences[answer].scored == [0..<1] { throw .nothingToPredictFrom }
            throw .nothingScored(key: example.judgement.key(ofAnswer: answer))
        }
        return PreparedRow(
            preference: Preference(
                sequences: sequences,
                promptLength: cut.promptLength,
                judgement: example.judgement,
                weight: example.weight,
                margin: example.margin,
                source: row.source
            ),
            origin: example.origin,
            encoded: cut,
            promptCounts: cut.sequences.map { encoded.promptLength - $0.cutPromptTokens },
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
        _ encoded: EncodedExample,
        of example: PreferenceExample
    ) throws(DataError.Reason) -> EncodedExample {
        guard let limit = settings.maximumLength else { return encoded }
        var cut = encoded.truncated(to: limit, settings.truncation, keeping: beginning)
        for (before, after) in zip(encoded.sequences, cut.sequences)
        where after.cutAnswerTokens == before.tokens.count - encoded.promptLength {
            // Of a demonstration, earlier turns are shown too.
            guard settings.format?.showsAllTurns == true, !after.scored.isEmpty else {
                throw .promptTooLong(tokens: encoded.promptLength, limit: limit)
            }
            cut.promptLength = min(cut.promptLength, after.tokens.count)
        }
        for (better, worse) in example.judgement.comparisons
        where cut.sequences[better].tokens == cut.sequences[worse].tokens {
            throw .equalAfterTruncation(limit: limit)
        }
        return cut
    }
}

extension PreferenceExample {
    fileprivate var origin: PreparedRow.Origin {
        if case .tokens = prompt { return .tokens }
        return promptIsImplicit ? .implicitPrompt : .explicitPrompt
    }
}
