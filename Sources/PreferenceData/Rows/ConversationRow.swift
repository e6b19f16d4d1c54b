import OrderedJSON

/// Makes examples of turns.
enum ConversationRow {
    /// A prompt and answers that follow it, both turns.
    ///
    /// A column `system` becomes the first turn, unless there is a system's turn already.
    static func example(
        _ row: JSONObject,
        prompt: [ChatMessage],
        answers: [[ChatMessage]],
        _ known: RowAnswers
    ) throws(DataError.Reason) -> PreferenceExample {
        var prompt = prompt
        if let system = try row.optionalText("system"), prompt.first?.role != "system" {
            prompt.insert(ChatMessage(role: "system", content: system), at: 0)
        }
        var example = PreferenceExample(
            prompt: .messages(prompt),
            answers: answers.map { .messages($0) },
            judgement: known.judgement
        )
        example.scores = known.scores
        // The system's turn may bring the tools (minimind, VerMind).
        if let system = prompt.first, system.role == "system" {
            example.tools = try system.members.tools(
                system.members.has("tools") ? "tools" : "functions"
            )
        }
        return example
    }

    /// Whole conversations, whose common beginning is the prompt, as TRL's `extract_prompt` takes
    /// it: the longest common prefix of whole turns, less the last one where a conversation would
    /// have none left.
    static func example(
        _ row: JSONObject,
        conversations: [[ChatMessage]],
        _ known: RowAnswers
    ) throws(DataError.Reason) -> PreferenceExample {
        let split = split(conversations)
        for (better, worse) in known.judgement.comparisons
        where conversations[better].isSame(as: conversations[worse]) {
            throw .equalAnswers
        }
        var example = try example(
            row,
            prompt: Array((conversations.first ?? []).prefix(split)),
            answers: conversations.map { Array($0.dropFirst(split)) },
            known
        )
        example.promptIsImplicit = true
        return example
    }

    /// How many turns all conversations begin with, but not all of any.
    private static func split(_ conversations: [[ChatMessage]]) -> Int {
        let limit = (conversations.map(\.count).min() ?? 0) - 1
        guard let first = conversations.first, limit > 0 else { return 0 }
        for index in 0..<limit
        where !conversations.allSatisfy({ [$0[index]].isSame(as: [first[index]]) }) {
            return index
        }
        return limit
    }
}

extension [ChatMessage] {
    /// Whether the turns say the same; the order of their members does not count, as in Python.
    func isSame(as other: [ChatMessage]) -> Bool {
        self == other
            || elementsEqual(other) { left, right in
                JSONValue.object(left.members).sorted == JSONValue.object(right.members).sorted
            }
    }
}

extension JSONValue {
    /// The value with the members of all objects in the order of their keys.
    fileprivate var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { ($0.key, $0.value.sorted) }
                        .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
                )
            )
        default: self
        }
    }
}
