/// What stands in texts of whole conversations where a turn begins.
enum TurnMarker {
    /// Where an answering turn begins: HH's marker, and those of common chat templates.
    private static let answering = TextSearch([
        "\n\nAssistant:", "<|im_start|>assistant", "<|start_header_id|>assistant<|end_header_id|>",
        "<start_of_turn>model", "<|assistant|>", "<｜Assistant｜>", "[/INST]", "### Response:",
    ])

    /// Where a next turn begins that an answer should not have in it.
    private static let next = TextSearch([
        "\n\nHuman:", "\n\nAssistant:", "\n\nUser:", "\n### Human:", "\n### Assistant:",
        "\n### Instruction:", "\n### Response:",
    ])

    /// What an answer should not begin with: the template or the prompt says it already.
    private static let roles = [
        "Human:", "Assistant:", "User:", "AI:", "### Human:", "### Assistant:", "### Instruction:",
        "### Response:",
    ]

    /// The last beginning of an answering turn.
    static func last(in text: String) -> Range<String.Index>? { answering.matches(in: text).last }

    /// Whether an answer begins with the name of a role, or has a next turn in it.
    static func stands(in answer: String) -> Bool {
        let begin = answer.trimmingBlanks.utf8
        return roles.contains { begin.starts(with: $0.utf8) } || next.isFound(in: answer)
    }
}
