import OrderedJSON

/// Instructions as conversations: the columns of `InstructionRow`, which become turns as in
/// LLaMA-Factory.
///
/// The instruction, and the input in a line of its own, is the user's turn; `history` has earlier
/// turns, `[question, answer]` each, and `system` the system's. Only used where it is asked for.
enum InstructionChatRow: RowShape {
    static let form = ""

    static func claims(_ row: JSONObject) -> Bool { false }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        try example(row, InstructionRow.answers(row))
    }

    /// An instruction with its answers.
    static func example(
        _ row: JSONObject,
        _ answers: RowAnswers
    ) throws(DataError.Reason) -> PreferenceExample {
        var prompt: [ChatMessage] = []
        for (index, turn) in (try row.list("history") ?? []).enumerated() {
            let texts = turn.array?.compactMap(\.string) ?? []
            guard texts.count == 2, turn.array?.count == 2 else {
                throw .wrongType(
                    key: "history[\(index)]",
                    found: turn.kind,
                    expected: "a list of a question and an answer"
                )
            }
            prompt.append(ChatMessage(role: "user", content: texts[0]))
            prompt.append(ChatMessage(role: "assistant", content: texts[1]))
        }
        let instruction = try row.text("instruction")
        let input = try row.optionalText("input")
        let texts = instruction.isEmpty ? [] : [instruction]
        prompt.append(
            ChatMessage(
                role: "user",
                content: (texts + (input.map { [$0] } ?? [])).joined(separator: "\n")
            )
        )
        return try ConversationRow.example(
            row,
            prompt: prompt,
            answers: answers.turns(),
            answers
        )
    }
}
