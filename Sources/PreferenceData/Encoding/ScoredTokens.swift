/// Which tokens of a sequence are scored.
///
/// Of conversations, the turns are told by their places in the rendered text, never by patterns of
/// tokens: a tokenizer may join the blanks that an answer begins with to what stands before them. A
/// token that lies across the beginning of a turn is scored, for the turn would lose its first
/// letters. One that lies across its end is not: who answers never says it, for it holds what comes
/// next.
public enum ScoredTokens: String, Sendable, CaseIterable, Codable {
    /// Everything behind the prompt, as TRL does.
    case answer
    /// Every turn of the assistant, those in the prompt too, as minimind and torchtune do.
    ///
    /// A turn is what the template writes behind the header that asks for it, up to and with what
    /// closes it; the tags of empty thinking belong to it. Rows of text and of token ids have no
    /// turns: there it is the answer.
    case assistant
    /// What the chat template marks with `{% generation %}`; for conversations only.
    case generation
    /// All tokens but the first, which nothing predicts.
    case all
}
