import OrderedJSON

/// LLaMA-Factory's ShareGPT rows: `{conversations, chosen, rejected}`, a conversation and two turns
/// that could follow it.
///
/// Turns are `{from, value}` or `{role, content}`, in `conversations` or `messages`.
enum ConversationPairRow: RowShape {
    static let form = "{conversations, chosen, rejected}"

    /// Columns that hold conversations.
    static let keys = ["conversations", "messages"]

    static func claims(_ row: JSONObject) -> Bool {
        // UltraFeedback's rows have messages beside whole conversations.
        row.isPair && !row.has("prompt") && !row.has("instruction")
            && row.first(of: keys) != nil && row["chosen"]?.array == nil
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        let key = row.first(of: keys) ?? keys[0]
        let prompt = try ChatMessage.list(row: row.required(key), key: key)
        guard let last = prompt.last?.role, last != "assistant" else {
            throw .wrongType(
                key: key,
                found: prompt.isEmpty ? "empty" : "a conversation that the assistant ends",
                expected: "turns up to the one that is answered"
            )
        }
        let answers = try RowAnswers.pair(row)
        let turns = try answers.turns()
        for (turn, answer) in zip(turns, answers.values)
        where turn.contains(where: { $0.role != "assistant" }) {
            throw .wrongType(
                key: answer.key,
                found: "a turn of the \(turn[0].role)",
                expected: "a turn of the assistant"
            )
        }
        var example = try ConversationRow.example(row, prompt: prompt, answers: turns, answers)
        if let tools = try row.tools() { example.tools = tools.map(\.wrappedTool) }
        return example
    }
}

extension JSONValue {
    /// A tool as chat templates take it: LLaMA-Factory's are often the function alone.
    var wrappedTool: JSONValue {
        self["function"] == nil && self["name"] != nil
            ? ["type": "function", "function": self] : self
    }
}
