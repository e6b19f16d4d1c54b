/// Tells where the two sides of a row answer different prompts.
///
/// - Transcripts, such as HH's: what stands before the last answering turn differs, as
///   `text[:text.rfind("\n\nAssistant:")]` would.
/// - Conversations: turns of the user or the system before the final answer differ.
///
/// A prompt as a string that is not in the conversations beside it is a bad row already.
enum PromptMismatch {
    static func isFound(in example: PreferenceExample) -> Bool {
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
            return turns.contains { $0 != turns[0] }
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
}
