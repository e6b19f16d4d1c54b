/// What is no longer as it was, in rows that were written in another form.
public enum ConversionChange: String, Sendable, CaseIterable {
    /// More than two ranked answers became a row for each pair that is compared.
    case rankingsExpanded = "rankings became a row for each compared pair"
    /// The answers of a pair or ranking became rows of their own, with labels.
    case answersLabelled = "compared answers became single ones: the best wanted, others not"
    /// The scores that ranks were made of have no place in the form.
    case scoresLost = "scores were left out"
    /// Text became turns: the prompt the user's, an answer the assistant's.
    case textBecameTurns = "text became turns of the user and the assistant"
    /// A chat template made text of turns.
    case turnsRendered = "turns became text, by the chat template"
    /// A prompt became an instruction, which gets Alpaca's words around it.
    case promptsBecameInstructions = "prompts became instructions, in Alpaca's text"
    /// A tokenizer made token ids of text or turns.
    case tokenized = "text became token ids"
}
