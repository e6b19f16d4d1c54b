import OrderedJSON

/// Rows of text: `{prompt, chosen, rejected}`, or `{chosen, rejected}` that both begin with the
/// prompt.
enum TextRow: RowShape {
    static let form = "{prompt, chosen, rejected} or {chosen, rejected}"

    static func claims(_ row: JSONObject) -> Bool {
        row.isPair && !ChatRow.claims(row) && !ConversationPairRow.claims(row)
            && !InstructionRow.claims(row)
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        if let prompt = row["prompt"], prompt.string == nil {
            throw .wrongType(key: "prompt", found: prompt.kind, expected: "a string")
        }
        let answers = try RowAnswers.pair(row)
        _ = try answers.texts()
        return try PromptedRow.example(row, "prompt", answers)
    }
}

extension JSONObject {
    /// Whether the row has two answers of which one is preferred.
    ///
    /// One of them may be null, which is then told of; where both are, the row is meant otherwise.
    var isPair: Bool {
        self["chosen"] != nil && self["rejected"] != nil && (has("chosen") || has("rejected"))
    }
}
