/// What was read, what was left out, and what was done to the rest.
public struct DataReport: Sendable, Equatable, Codable {
    /// Rows read: lines that are not blank.
    public internal(set) var rowsRead = 0
    /// Pairs that are kept.
    public internal(set) var pairsKept = 0
    /// Rows left out, by reason, in the order of `BadRowKind`.
    public internal(set) var skipped: [SkippedRows] = []

    /// Pairs whose prompt was taken out of their answers.
    public internal(set) var implicitPrompts = 0
    /// Pairs that came as token ids.
    public internal(set) var tokenRows = 0

    /// Answers to which the text that ends an answer was appended.
    public internal(set) var endOfTextAppended = 0
    /// Answers of text that were left without an end: the tokenizer knows none, or it was not to
    /// be appended.
    public internal(set) var endOfTextMissing = 0

    /// Pairs from which empty thinking was deleted.
    public internal(set) var emptyThinkingRemoved = 0

    /// Pairs in which the last tokens of the prompt alone are not those of the prompt with an
    /// answer, so that the answers begin earlier.
    public internal(set) var boundaryShiftPairs = 0
    /// Tokens of prompts alone that the prompts lost by that.
    public internal(set) var boundaryShiftTokens = 0

    /// Pairs in which a sequence was cut.
    public internal(set) var truncatedPairs = 0
    /// Sequences that were cut.
    public internal(set) var truncatedSequences = 0
    /// Tokens of prompts that were cut off, of every sequence.
    public internal(set) var truncatedPromptTokens = 0
    /// Tokens of answers that were cut off.
    public internal(set) var truncatedAnswerTokens = 0
    /// Answers that lost their end.
    public internal(set) var truncatedAnswerEnds = 0
    /// Tokens that were cut off.
    public var truncatedTokens: Int { truncatedPromptTokens + truncatedAnswerTokens }

    /// Tokens of prompts, each pair's once.
    public internal(set) var promptTokens = 0
    /// Tokens of preferred answers.
    public internal(set) var chosenTokens = 0
    /// Tokens of the other answers.
    public internal(set) var rejectedTokens = 0
    /// Tokens that are scored, of every sequence.
    public internal(set) var scoredTokens = 0
    /// Pairs in which a sequence begins with a token that should be scored: nothing predicts it.
    public internal(set) var pairsWithUnscoredFirst = 0

    /// Rows that go through the model for all pairs once, what the two answers share computed once.
    public internal(set) var modelRows = 0
    /// Rows that would go through the model with each sequence computed alone, without padding.
    public internal(set) var modelRowsWithoutSharing = 0

    /// A report of nothing.
    public init() {}

    /// The same report with other names of the files, in the same order.
    func renamed(_ files: [String], to names: [String]) -> DataReport {
        guard files != names else { return self }
        let renamed = Dictionary(zip(files, names)) { first, _ in first }
        var report = self
        for index in report.skipped.indices {
            report.skipped[index].places = report.skipped[index].places.map {
                RowSource(
                    file: renamed[$0.file] ?? $0.file,
                    line: $0.line,
                    element: $0.element
                )
            }
        }
        return report
    }
}

extension DataReport: CustomStringConvertible {
    /// A few lines for a person, without a newline at the end.
    public var description: String {
        // Demonstrations and wanted answers have no other side.
        let noun = rejectedTokens == 0 ? "answer" : "pair"
        var lines = ["\(rowsRead.counted("row")) read, \(pairsKept.counted(noun)) kept"]
        if !skipped.isEmpty {
            lines.append("skipped \((rowsRead - pairsKept).grouped):")
            lines += skipped.map { "  \($0)" }
        }
        if implicitPrompts > 0 {
            lines.append("prompts taken out of the answers: \(implicitPrompts.grouped)")
        }
        lines.append(
            "tokens: \(promptTokens.grouped) in prompts, \(chosenTokens.grouped) in "
                + (rejectedTokens == 0
                    ? "answers" : "chosen and \(rejectedTokens.grouped) in rejected answers")
                + "; \(scoredTokens.grouped) scored"
        )
        if emptyThinkingRemoved > 0 {
            lines.append("empty thinking deleted: \(emptyThinkingRemoved.counted(noun))")
        }
        if endOfTextMissing > 0 {
            lines.append(
                "answers without an end: \(endOfTextMissing.grouped) (the model will not learn "
                    + "where they stop)"
            )
        }
        if boundaryShiftPairs > 0 {
            lines.append(
                "the answer begins inside the prompt's last tokens: "
                    + "\(boundaryShiftPairs.counted(noun)), \(boundaryShiftTokens.counted("token")) "
                    + "(end prompts where tokens end to avoid it)"
            )
        }
        if truncatedSequences > 0 {
            lines.append(
                "cut at the maximum length: \(truncatedSequences.counted("sequence")) of "
                    + "\(truncatedPairs.counted(noun)), \(truncatedTokens.counted("token")) lost "
                    + "(\(truncatedPromptTokens.grouped) of prompts, "
                    + "\(truncatedAnswerTokens.grouped) of answers); "
                    + "\(truncatedAnswerEnds.counted("answer")) lost the end"
            )
        }
        if pairsWithUnscoredFirst > 0 {
            lines.append(
                "nothing comes before the first token to score, so it is not scored: "
                    + "\(pairsWithUnscoredFirst.counted(noun))"
            )
        }
        if modelRowsWithoutSharing > 0 {
            let saved = 100 * (modelRowsWithoutSharing - modelRows) / modelRowsWithoutSharing
            lines.append(
                "rows through the model: \(modelRows.grouped), without sharing "
                    + "\(modelRowsWithoutSharing.grouped) (\(saved) % saved)"
            )
        }
        return lines.joined(separator: "\n")
    }
}
