import OrderedJSON

/// Tells where the two sides of a row answer different prompts.
///
/// - Transcripts, such as HH's: what stands before the last answering turn differs, as
///   `text[:text.rfind("\n\nAssistant:")]` would.
/// - Conversations: turns of the user or the system before the final answer differ.
/// - A prompt as a string beside conversations: it is not what their first user turn says.
enum PromptMismatch {
    static func isFound(in example: PreferenceExample, _ row: JSONObject) -> Bool {
        let answers = example.answers
        guard let first = answers.first else { return false }
        switch (example.prompt, first) {
        case (.text(let prompt), .text):
            guard example.promptIsImplicit else { return false }
            let contexts = answers.map { answer in
                context(of: prompt + answer.texts.joined())
            }
            return contexts.contains { $0 != contexts[0] }
        case (.messages, .messages):
            let turns = answers.map(askingTurns)
            return turns.contains { $0 != turns[0] } || differsFromFirstTurn(row)
        default:
            return false
        }
    }

    /// The bytes before the last answering turn; nil without one.
    private static func context(of text: String) -> [UInt8]? {
        TurnMarker.last(in: text).map { Array(text.utf8[..<$0.lowerBound]) }
    }

    private static func askingTurns(of answer: Passage) -> [ChatMessage] {
        guard case .messages(let messages) = answer else { return [] }
        return messages.filter { ["user", "system"].contains($0.role) }
    }

    private static func differsFromFirstTurn(_ row: JSONObject) -> Bool {
        guard let prompt = row["prompt"]?.string else { return false }
        return ["chosen", "rejected"].contains { side in
            let firstTurn = row[side]?.array?.first { $0["role"]?.string == "user" }
            return firstTurn?["content"]?.string.map { !$0.utf8.elementsEqual(prompt.utf8) }
                ?? false
        }
    }
}
