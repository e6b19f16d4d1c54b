/// Makes tokens of examples.
package struct ExampleEncoder: Sendable {
    let processor: TextProcessor?
    let settings: DataSettings

    /// - Parameter processor: the model's tokenizer; nil where all rows are token ids.
    package init(processor: TextProcessor?, settings: DataSettings) {
        self.processor = processor
        self.settings = settings
    }

    /// Encodes an example, without cutting it.
    ///
    /// - Parameter row: the row's number among all rows, from 0; what is drawn for it follows from
    ///   it and the seed.
    /// - Throws: `emptyAnswer` or `equalAnswers`, told by the text before anything is appended;
    ///   `mixedKinds`, `tokenizerMissing`, `templateMissing`, `templateRefused`, `turnNotFound`,
    ///   `generationMissing`.
    package func encode(
        _ example: PreferenceExample,
        row: Int = 0
    ) throws(DataError.Reason) -> EncodedExample {
        for (index, answer) in example.answers.enumerated() where answer.kind != example.prompt.kind
        {
            throw .mixedKinds(
                key: example.judgement.key(ofAnswer: index),
                found: answer.kind,
                prompt: example.prompt.kind
            )
        }
        if settings.scoredTokens == .generation, example.prompt.kind != Passage.messagesKind {
            throw .generationMissing(found: example.prompt.kind)
        }
        switch example.prompt {
        case .tokens(let prompt):
            return try encode(tokens: prompt, example.answers, example.judgement)
        case .text(let prompt):
            guard let processor else { throw .tokenizerMissing }
            return try encode(text: prompt, example.answers, example.judgement, processor.encoder)
        case .messages(let prompt):
            guard let processor else { throw .tokenizerMissing }
            return try encode(messages: prompt, example, processor, row: row)
        }
    }

    /// Takes token ids as they are.
    private func encode(
        tokens prompt: [Int32],
        _ answers: [Passage],
        _ judgement: Judgement
    ) throws(DataError.Reason) -> EncodedExample {
        var encoded = EncodedExample(promptLength: prompt.count, sequences: [])
        for (index, answer) in answers.enumerated() {
            guard case .tokens(let answer) = answer, !answer.isEmpty else {
                throw .emptyAnswer(key: judgement.key(ofAnswer: index) + "_ids")
            }
            encoded.sequences.append(.init(tokens: prompt + answer, scored: []))
        }
        scoreAnswers(&encoded)
        return encoded
    }

    /// Encodes text as TRL 1.16 does for standard (not conversational) data.
    ///
    /// The text that ends an answer is appended to answers that do not end in it. Ids come from
    /// encoding the whole text of each side, with the special tokens that the tokenizer adds. The
    /// prompt's length is the longest common prefix of the prompt's ids and all encodings, for a
    /// tokenizer may join the end of the prompt with the beginning of an answer; what is joined
    /// is scored with the answer.
    private func encode(
        text prompt: String,
        _ answers: [Passage],
        _ judgement: Judgement,
        _ encoder: any TextEncoder
    ) throws(DataError.Reason) -> EncodedExample {
        var texts: [String] = []
        for (index, answer) in answers.enumerated() {
            guard case .text(let answer) = answer, !answer.isBlank else {
                throw .emptyAnswer(key: judgement.key(ofAnswer: index))
            }
            texts.append(answer)
        }
        for (better, worse) in judgement.comparisons
        where texts[better].utf8.elementsEqual(texts[worse].utf8) {
            throw .equalAnswers
        }
        var encoded = EncodedExample(promptLength: 0, sequences: [])
        let endOfText = encoder.endOfText ?? ""
        let promptTokens = encoder.encode(prompt, addingSpecialTokens: true)
        encoded.promptLength = promptTokens.count
        for answer in texts {
            // By bytes: a String's own comparison takes different spellings of a character for
            // the same.
            let ends =
                !endOfText.isEmpty
                && answer.utf8.suffix(endOfText.utf8.count).elementsEqual(endOfText.utf8)
            let appends = !ends && !endOfText.isEmpty && settings.appendsEndOfText
            encoded.endOfTextAppended += appends ? 1 : 0
            encoded.endOfTextMissing += ends || appends ? 0 : 1
            let text = prompt + answer + (appends ? endOfText : "")
            let tokens = encoder.encode(text, addingSpecialTokens: true)
            encoded.promptLength = min(
                encoded.promptLength,
                tokens.commonPrefixCount(with: promptTokens)
            )
            encoded.sequences.append(.init(tokens: tokens, scored: []))
        }
        encoded.boundaryShift = promptTokens.count - encoded.promptLength
        scoreAnswers(&encoded)
        return encoded
    }

    /// Marks the answers as scored, or with `ScoredTokens.all` everything.
    func scoreAnswers(_ encoded: inout EncodedExample) {
        for index in encoded.sequences.indices {
            let count = encoded.sequences[index].tokens.count
            let start = settings.scoredTokens == .all ? min(1, count) : encoded.promptLength
            encoded.sequences[index].scored = [start..<count]
        }
    }
}

extension [Int32] {
    /// How many elements, from the beginning, both have alike.
    func commonPrefixCount(with other: [Int32]) -> Int {
        let limit = Swift.min(count, other.count)
        var length = 0
        while length < limit, self[length] == other[length] { length += 1 }
        return length
    }
}

extension Passage {
    static let messagesKind = "messages"

    /// What it is, in a word for messages.
    var kind: String {
        switch self {
        case .text: "text"
        case .messages: Self.messagesKind
        case .tokens: "token ids"
        }
    }
}

extension Judgement {
    /// What a message calls an answer.
    package func key(ofAnswer index: Int) -> String {
        switch self {
        case .pair: index == 0 ? "chosen" : "rejected"
        case .ranked: "answer \(index + 1)"
        case .labelled: "completion"
        }
    }
}
