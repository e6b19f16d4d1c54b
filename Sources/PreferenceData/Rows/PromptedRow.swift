import OrderedJSON

/// Makes examples of rows that have a prompt of their own, or one inside their answers.
enum PromptedRow {
    /// What the row says: text where the prompt and all answers are strings, turns otherwise.
    ///
    /// - Parameters:
    ///   - promptKey: the prompt's column; it may be missing, then answers begin with the prompt.
    ///   - isConversation: makes turns of strings too.
    ///   - asTurns: the form that does so.
    static func example(
        _ row: JSONObject,
        _ promptKey: String,
        _ answers: RowAnswers,
        isConversation: Bool = false,
        asTurns: DataFormat = .chat
    ) throws(DataError.Reason) -> PreferenceExample {
        let prompt = row[promptKey]
        if let prompt, prompt.string == nil, prompt.array == nil {
            throw .wrongType(key: promptKey, found: prompt.kind, expected: "a string")
        }
        guard isConversation || prompt?.array != nil || !answers.areText else {
            return try text(row, prompt?.string, answers, asTurns)
        }
        let turns = try answers.turns()
        guard let prompt else {
            return try ConversationRow.example(row, conversations: turns, answers)
        }
        guard let text = prompt.string else {
            let prompt = try ChatMessage.list(row: prompt, key: promptKey)
            return try ConversationRow.example(row, prompt: prompt, answers: turns, answers)
        }
        // UltraFeedback as published: a string, and conversations that begin with it.
        if turns.allSatisfy({ ["user", "system"].contains($0.first?.role) }) {
            let example = try ConversationRow.example(row, conversations: turns, answers)
            guard case .messages(let messages) = example.prompt,
                messages.contains(where: { $0.role == "user" && $0.text?.says(text) == true })
            else { throw .promptNotInAnswers }
            return example
        }
        return try ConversationRow.example(
            row,
            prompt: [ChatMessage(role: "user", content: text)],
            answers: turns,
            answers
        )
    }

    private static func text(
        _ row: JSONObject,
        _ prompt: String?,
        _ answers: RowAnswers,
        _ asTurns: DataFormat
    ) throws(DataError.Reason) -> PreferenceExample {
        if let system = try row.optionalText("system"), !system.isBlank {
            throw .wrongType(
                key: "system",
                found: "a string beside a prompt that is text",
                expected: "turns of a conversation; the format \(asTurns.rawValue) makes turns of "
                    + "strings"
            )
        }
        let texts = try answers.texts()
        if let prompt {
            var example = PreferenceExample(
                prompt: .text(prompt),
                answers: texts,
                judgement: answers.judgement
            )
            example.scores = answers.scores
            return example
        }
        guard texts.count == 2, case .text(let chosen) = texts[0],
            case .text(let rejected) = texts[1]
        else { throw .missingKey("prompt") }
        // Told here, for the extraction would leave something else of it.
        if chosen.utf8.elementsEqual(rejected.utf8), !chosen.isBlank { throw .equalAnswers }
        var example = PromptExtraction.example(chosen: chosen, rejected: rejected)
        example.scores = answers.scores
        return example
    }
}

extension String {
    /// Whether two texts are the same but for white space around them.
    fileprivate func says(_ other: String) -> Bool {
        let blank = \Unicode.Scalar.Properties.isWhitespace
        func trimmed(_ text: String) -> [UInt32] {
            let scalars = text.unicodeScalars.drop { $0.properties[keyPath: blank] }
            var values = scalars.map(\.value)
            while let last = values.last, let scalar = Unicode.Scalar(last),
                scalar.properties[keyPath: blank]
            {
                values.removeLast()
            }
            return values
        }
        return trimmed(self) == trimmed(other)
    }
}
