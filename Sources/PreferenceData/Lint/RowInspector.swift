import OrderedJSON
import TokenTrees

/// Looks at rows, each for itself.
struct RowInspector: Sendable {
    private let preparer: RowPreparer
    private let specialTokens: TextSearch
    private let endToken: Int32?

    init(processor: TextProcessor?, specialTokens: [String], settings: DataSettings) {
        preparer = RowPreparer(processor: processor, settings: settings)
        self.specialTokens = TextSearch(specialTokens)
        let encoder = processor?.encoder
        let end = encoder?.endOfText.flatMap { encoder?.encode($0, addingSpecialTokens: false) }
        endToken = end?.count == 1 ? end?.first : nil
    }

    /// What is found in a row.
    ///
    /// - Throws: what is not the row's fault.
    func inspect(_ row: RawRow) throws(DataError) -> InspectedRow {
        var result = InspectedRow()
        do throws(DataError.Reason) {
            try inspect(row, &result)
        } catch {
            guard let kind = error.kind else { throw DataError(source: row.source, reason: error) }
            result.add(.badRow(kind))
        }
        return result
    }

    private func inspect(
        _ row: RawRow,
        _ result: inout InspectedRow
    ) throws(DataError.Reason) {
        let object = preparer.settings.columns.renamed(try row.object())
        let example = try preparer.reader.example(row)
        result.form = form(of: object, example)
        result.prompt = PromptKey.digest(of: example)
        result.content = content(of: example)
        result.judgements = judgements(of: example)
        result.isText = if case .text = example.prompt { true } else { false }
        result.characters = lengths(example.judgement, example.answers.map(\.scalarCount))
        inspectTexts(of: example, &result)
        if PromptMismatch.isFound(in: example) { result.add(.promptMismatch) }
        try checkSides(of: example)
        if case .tokens = example.prompt {
        } else if preparer.encoder.processor == nil {
            result.lacksTokenizer = true
            return
        }
        inspectTokens(of: try preparer.prepare(example, of: row), &result)
    }

    /// What a row looks like, for the note on mixed forms.
    private func form(of object: JSONObject, _ example: PreferenceExample) -> String? {
        let format =
            preparer.settings.format ?? DataFormat.allCases.first { $0.shape.claims(object) }
        return format.map { $0.rawValue + (example.promptIsImplicit ? ", no prompt" : "") }
    }

    /// Refuses sides without content and sides that are the same, as far as text tells it.
    private func checkSides(of example: PreferenceExample) throws(DataError.Reason) {
        for (index, answer) in example.answers.enumerated()
        where answer.isBlank || (example.promptIsImplicit && lastTurnIsBlank(example, answer)) {
            throw .emptyAnswer(key: example.judgement.key(ofAnswer: index))
        }
        for (better, worse) in example.judgement.comparisons
        where example.answers[better].hasSameContent(as: example.answers[worse]) {
            throw .equalAnswers
        }
    }

    /// Whether a transcript ends where the answer should begin.
    private func lastTurnIsBlank(_ example: PreferenceExample, _ answer: Passage) -> Bool {
        guard case .text(let prompt) = example.prompt, case .text(let answer) = answer else {
            return false
        }
        let text = prompt + answer
        return TurnMarker.last(in: text).map { text[$0.upperBound...].trimmingBlanks.isEmpty }
            ?? false
    }

    private func inspectTexts(of example: PreferenceExample, _ result: inout InspectedRow) {
        let answers = example.answers.flatMap(\.texts)
        let texts = example.prompt.texts + answers
        if texts.contains(where: \.hasControlCharacters) { result.add(.controlCharacter) }
        if result.isText {
            // A special token at its end ends an answer.
            let bodies = answers.map { specialTokens.removingMatch(atEndOf: $0) }
            if (example.prompt.texts + bodies).contains(where: specialTokens.isFound) {
                result.add(.specialToken)
            }
        } else if texts.contains(where: specialTokens.isFound) {
            result.add(.specialToken)
        }
        if finalAnswers(of: example).contains(where: TurnMarker.stands) { result.add(.turnMarker) }
    }

    /// What the last turns say; of transcripts, what stands behind the last marker of a turn.
    private func finalAnswers(of example: PreferenceExample) -> [String] {
        guard example.promptIsImplicit, case .text(let prompt) = example.prompt else {
            return example.answers.flatMap { answer -> [String] in
                guard case .messages(let messages) = answer else { return answer.texts }
                return messages.filter { $0.role == "assistant" }.flatMap(\.texts)
            }
        }
        return example.answers.flatMap(\.texts).map { answer in
            let text = prompt + answer
            return TurnMarker.last(in: text).map { String(text[$0.upperBound...]) } ?? answer
        }
    }

    private func inspectTokens(of row: PreparedRow, _ result: inout InspectedRow) {
        let preference = row.preference
        let encoded = row.encoded
        let cuts = encoded.sequences.map { $0.cutPromptTokens + $0.cutAnswerTokens }
            .filter { $0 > 0 }
        result.cutSequences = cuts.count
        result.cutTokens = cuts.reduce(0, +)
        result.boundaryTokens = encoded.boundaryShift
        if !cuts.isEmpty { result.add(.truncated) }
        if encoded.boundaryShift > 0 { result.add(.boundaryShift) }
        if encoded.sequences.contains(where: { $0.scored.first?.lowerBound == 0 }) {
            result.add(.unscoredFirstToken)
        }
        if encoded.endOfTextMissing > 0 || (!result.isText && lacksEnd(row)) {
            result.add(.missingEnd)
        }
        result.tokens = lengths(
            preference.judgement,
            zip(encoded.sequences, row.promptCounts).map {
                $0.tokens.count + $0.cutAnswerTokens - $1
            }
        )
    }

    /// Whether a sequence that did not lose its end has no end token among its last ones.
    ///
    /// Chat templates put a newline or so behind it.
    private func lacksEnd(_ row: PreparedRow) -> Bool {
        guard let endToken else { return false }
        return zip(row.encoded.sequences, row.promptCounts).contains { sequence, promptCount in
            !sequence.lostItsEnd
                && !sequence.tokens.dropFirst(promptCount).suffix(4).contains(endToken)
        }
    }

    private func lengths(_ judgement: Judgement, _ lengths: [Int]) -> [AnswerLengths] {
        judgement.comparisons.map { AnswerLengths(better: lengths[$0], worse: lengths[$1]) }
    }

    private func content(of example: PreferenceExample) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.append(promptDigest(of: example))
        for answer in example.answers { hasher.append(answer) }
        switch example.judgement {
        case .ranked(let ranks):
            for rank in ranks { hasher.append(UInt64(bitPattern: Int64(rank))) }
        case .labelled(let isWanted): hasher.append(isWanted ? 1 : 0)
        }
        hasher.append(example.weight.bitPattern)
        hasher.append(example.margin.bitPattern)
        return hasher.digest()
    }

    private func judgements(of example: PreferenceExample) -> [JudgementDigest] {
        let prompt = promptDigest(of: example)
        let answers = example.answers.map { answer in
            var hasher = ContentHasher()
            hasher.append(answer)
            return hasher.digest()
        }
        func subject(_ answers: [ContentDigest]) -> ContentDigest {
            var hasher = ContentHasher()
            for digest in [prompt] + answers { hasher.append(digest) }
            return hasher.digest()
        }
        if case .labelled(let isWanted) = example.judgement {
            return [JudgementDigest(subject: subject(answers), isFirst: isWanted)]
        }
        return example.judgement.comparisons.compactMap { better, worse in
            let (better, worse) = (answers[better], answers[worse])
            if better == worse { return nil }
            return JudgementDigest(
                subject: subject([min(better, worse), max(better, worse)]),
                isFirst: better < worse
            )
        }
    }

    /// The prompt as it is, with what the chat template gets besides.
    private func promptDigest(of example: PreferenceExample) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.append(example.prompt)
        if let tools = example.tools { hasher.append(JSONValue.array(tools).text) }
        hasher.append(JSONValue.object(example.templateVariables).text)
        return hasher.digest()
    }
}

extension ContentHasher {
    fileprivate mutating func append(_ digest: ContentDigest) {
        append(digest.first)
        append(digest.second)
    }
}
