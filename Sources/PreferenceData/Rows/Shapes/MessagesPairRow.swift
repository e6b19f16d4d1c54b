import OrderedJSON

/// LLaMA-Factory's second form: `{chosen_messages, rejected_messages}`, two whole conversations.
///
/// The parts of a turn become its text, reasoning and tool calls. Its `loss_weight`, 0 or 1, is not
/// kept: which turns are scored is a setting, and the last one always is.
enum MessagesPairRow: RowShape {
    static let form = "{chosen_messages, rejected_messages}"

    private static let keys = ["chosen_messages", "rejected_messages"]

    static func claims(_ row: JSONObject) -> Bool { row.first(of: keys) != nil }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        var conversations: [[ChatMessage]] = []
        for key in keys {
            var messages = try ChatMessage.list(row: row.required(key), key: key)
            if messages.isEmpty { throw .emptyAnswer(key: key) }
            for index in messages.indices {
                let place = "\(key)[\(index)].loss_weight"
                let value = messages[index].members["loss_weight"]
                guard let value else { continue }
                let isLast = index == messages.count - 1
                guard let weight = value.double, weight == 1 || (weight == 0 && !isLast) else {
                    throw .wrongType(
                        key: place,
                        found: value.text,
                        expected: isLast ? "1 for the last turn" : "0 or 1"
                    )
                }
                messages[index].members["loss_weight"] = nil
            }
            conversations.append(messages)
        }
        var example = try ConversationRow.example(
            row,
            conversations: conversations,
            RowAnswers(values: [], judgement: .pair, scores: RowAnswers.pairScores(row))
        )
        if let tools = try row.tools() { example.tools = tools.map(\.wrappedTool) }
        return example
    }
}
