import OrderedJSON

/// Answers in any number to one prompt: `{prompt, completions}`.
///
/// The prompt, also called `context`, and the answers, also called `responses` or `answers`, are
/// strings or turns. What tells how good they are, `RowAnswers.ranked` knows.
enum RankedRow: RowShape {
    static let form = "{prompt, completions} with the best first, or with scores or ranks"

    private static let promptKeys = ["prompt", "context"]

    static func claims(_ row: JSONObject) -> Bool {
        !row.isPair && !row.has("instruction") && !row.has("chosen") && !row.has("rejected")
            && row.first(of: promptKeys) != nil && row.first(of: RowAnswers.listKeys) != nil
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        let prompt = row.first(of: promptKeys) ?? promptKeys[0]
        guard row.has(prompt) else { throw .missingKey(prompt) }
        let key = row.first(of: RowAnswers.listKeys) ?? RowAnswers.listKeys[0]
        return try PromptedRow.example(row, prompt, .ranked(row, key))
    }
}
