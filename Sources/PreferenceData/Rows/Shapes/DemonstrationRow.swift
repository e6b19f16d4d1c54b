import OrderedJSON

/// Demonstrations: single answers that are wanted, without a label that says so.
///
/// `{prompt, completion}` as strings or turns; a whole conversation in `messages` or
/// `conversations`, whose last turn is the answer; `{instruction, input, output}`; or `{text}`, an
/// answer to nothing. Only used where it is asked for: elsewhere such a row lacks its label.
enum DemonstrationRow: RowShape {
    static let form = ""

    static func claims(_ row: JSONObject) -> Bool { false }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        if !row.has("completion"), !row.has("instruction"), row.first(of: messages) == nil,
            row.has("text")
        {
            return PreferenceExample(
                prompt: .text(""),
                answers: try wanted(row, "text").texts(),
                judgement: .labelled(true)
            )
        }
        return try read(row, isConversation: false)
    }

    private static let messages = ConversationPairRow.keys

    /// A demonstration that is more than a text.
    ///
    /// - Parameter isConversation: makes turns of strings too.
    static func read(
        _ row: JSONObject,
        isConversation: Bool
    ) throws(DataError.Reason) -> PreferenceExample {
        if row.has("prompt"), row.has("completion") {
            return try PromptedRow.example(
                row,
                "prompt",
                wanted(row, "completion"),
                isConversation: isConversation,
                asTurns: .demonstrationsChat
            )
        }
        // A pair is never taken for its prompt and one of its answers.
        guard row.first(of: ["chosen", "rejected", "completions"]) == nil else {
            throw .noDemonstration(keys: row.members.map(\.key))
        }
        if let key = row.first(of: messages) {
            return try UnpairedRow.conversation(row, wanted(row, key))
        }
        if row.has("instruction"), row.has("output") {
            let answers = try wanted(row, "output")
            return isConversation
                ? try InstructionChatRow.example(row, answers)
                : try InstructionRow.example(row, answers, asTurns: .demonstrationsChat)
        }
        throw .noDemonstration(keys: row.members.map(\.key))
    }

    /// One answer, which a label may call wanted, but not unwanted.
    private static func wanted(
        _ row: JSONObject,
        _ key: String
    ) throws(DataError.Reason) -> RowAnswers {
        guard let label = row.first(of: RowAnswers.labelKeys) else {
            return RowAnswers(
                values: [(key, try row.required(key))],
                judgement: .labelled(true)
            )
        }
        let answers = try RowAnswers.labelled(row, key)
        guard answers.judgement == .labelled(true) else {
            throw .wrongType(
                key: label,
                found: "false: the answer is not wanted",
                expected: "true, or no label; or skip bad rows"
            )
        }
        return answers
    }
}

/// Demonstrations as conversations: strings and instructions become turns.
enum DemonstrationChatRow: RowShape {
    static let form = ""

    static func claims(_ row: JSONObject) -> Bool { false }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        try DemonstrationRow.read(row, isConversation: true)
    }
}
