import OrderedJSON

/// Single answers with a label that says whether they are wanted: `{prompt, completion, label}`.
///
/// Strings or turns; also a whole conversation in `messages` or `conversations`, whose last turn is
/// the answer. LLaMA-Factory calls the label `kto_tag`.
enum UnpairedRow: RowShape {
    static let form = "{prompt, completion, label} or {messages, label}"

    static func claims(_ row: JSONObject) -> Bool {
        !row.has("chosen") && !row.has("rejected") && !row.has("instruction")
            && row.first(of: RowAnswers.labelKeys) != nil
            && row.first(of: ["completion"] + ConversationPairRow.keys) != nil
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        if !row.has("completion"), let key = row.first(of: ConversationPairRow.keys) {
            return try conversation(row, .labelled(row, key))
        }
        return try PromptedRow.example(row, "prompt", .labelled(row, "completion"))
    }

    /// A whole conversation, whose last turn is the answer.
    ///
    /// - Parameter answers: the conversation alone.
    static func conversation(
        _ row: JSONObject,
        _ answers: RowAnswers
    ) throws(DataError.Reason) -> PreferenceExample {
        let turns = try answers.turns()
        guard turns[0].count > 1, turns[0].last?.role == "assistant" else {
            throw .wrongType(
                key: answers.values[0].key,
                found: turns[0].count > 1
                    ? "a conversation that the assistant does not end" : "a single turn",
                expected: "a conversation whose last turn is the answer"
            )
        }
        var example = try ConversationRow.example(row, conversations: turns, answers)
        if let tools = try row.tools() { example.tools = tools.map(\.wrappedTool) }
        return example
    }
}
