/// What was found in one row, and what it takes to compare it with others.
struct InspectedRow: Sendable {
    /// What was found in the row alone.
    var kinds: [LintKind] = []
    /// The row's form in words; nil where it has none.
    var form: String?
    /// The prompt, as `PromptKey` tells prompts apart; nil where the row cannot be read.
    var prompt: ContentDigest?
    /// All that the row says; nil where it cannot be read.
    var content: ContentDigest?
    /// The judgements that it makes.
    var judgements: [JudgementDigest] = []
    /// Lengths of answers that are compared, in characters.
    var characters: [AnswerLengths] = []
    /// Lengths of answers that are compared, in tokens.
    var tokens: [AnswerLengths] = []
    /// Whether prompt and answers are text.
    var isText = false
    /// Whether there would be more to find with a tokenizer.
    var lacksTokenizer = false
    var cutSequences = 0
    var cutTokens = 0
    var boundaryTokens = 0

    mutating func add(_ kind: LintKind) {
        if !kinds.contains(kind) { kinds.append(kind) }
    }
}

/// Two answers to a prompt, and which is the better one; or an answer and its label.
struct JudgementDigest: Sendable {
    /// The same whichever answer is better, and whatever the label.
    var subject: ContentDigest
    /// Whether the answer whose digest comes first is the better one; or the label.
    var isFirst: Bool
}

/// The lengths of two answers that are compared.
struct AnswerLengths: Sendable {
    var better: Int
    var worse: Int
}
