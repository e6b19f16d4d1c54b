import OrderedJSON

/// Conversations as TRL has them: `{prompt, chosen, rejected}` or `{chosen, rejected}` as lists of
/// turns.
///
/// Also with a prompt that is a string, with one turn in place of a list, and, where the form is
/// asked for, with strings: the prompt is then the user's turn and an answer the assistant's.
enum ChatRow: RowShape {
    static let form = "the same as lists of turns {role, content}"

    static func claims(_ row: JSONObject) -> Bool {
        row.isPair && !ConversationPairRow.claims(row) && !InstructionRow.claims(row)
            && ["prompt", "chosen", "rejected"].contains {
                row[$0]?.array != nil || row[$0]?.object != nil
            }
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        try PromptedRow.example(row, "prompt", .pair(row), isConversation: true)
    }
}
