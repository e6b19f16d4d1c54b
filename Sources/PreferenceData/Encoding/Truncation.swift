/// What sequences lose that are longer than the maximum length.
public enum Truncation: String, Sendable, CaseIterable, Codable {
    /// Their end, each for itself, as in TRL by default.
    ///
    /// Where a token ends the answer, it is lost with it and not put back.
    case keepStart = "keep-start"
    /// Their beginning, each for itself, as in TRL's deprecated `keep_end`.
    ///
    /// Tokens that begin every text are lost too, and sequences that lose different numbers of
    /// tokens have no prompt in common any more.
    case keepEnd = "keep-end"
    /// The prompt's beginning, all sides of a row alike; what is too long even so, its end.
    ///
    /// The prompt keeps what the tokenizer puts before every text, and at least one token.
    case answerAware = "answer-aware"
}

extension EncodedExample {
    /// The example with sequences of at most `limit` tokens.
    ///
    /// - Parameter beginning: the tokens that the tokenizer puts before every text.
    package func truncated(
        to limit: Int,
        _ truncation: Truncation,
        keeping beginning: [Int32]
    ) -> EncodedExample {
        var result = self
        switch truncation {
        case .keepStart: break
        case .keepEnd:
            for (index, sequence) in sequences.enumerated() {
                let excess = max(0, sequence.tokens.count - limit)
                result.sequences[index].cut(0..<excess, promptLength: promptLength)
            }
            let cuts = Set(
                zip(sequences, result.sequences).map { $0.tokens.count - $1.tokens.count }
            )
            result.promptLength = cuts.count == 1 ? max(0, promptLength - (cuts.first ?? 0)) : 0
        case .answerAware:
            let excess = (sequences.map(\.tokens.count).max() ?? 0) - limit
            // All sides begin with the same tokens up to the prompt's end.
            let first = sequences.first?.tokens.prefix(promptLength) ?? []
            let start = Array(first).commonPrefixCount(with: beginning)
            let end = min(start + max(0, excess), promptLength - (start > 0 ? 0 : 1))
            guard start < end else { break }
            for index in sequences.indices {
                // A token of the prompt that now follows another one than before is not scored.
                if end < promptLength { result.sequences[index].unscore(end..<(end + 1)) }
                result.sequences[index].cut(start..<end, promptLength: promptLength)
            }
            result.promptLength -= end - start
        }
        for (index, sequence) in result.sequences.enumerated() {
            result.sequences[index].cut(
                min(limit, sequence.tokens.count)..<sequence.tokens.count,
                promptLength: result.promptLength
            )
        }
        return result
    }
}

extension EncodedExample.Sequence {
    /// Removes tokens, of which those before `promptLength` are the prompt's.
    fileprivate mutating func cut(_ range: Range<Int>, promptLength: Int) {
        guard !range.isEmpty else { return }
        let ofPrompt = range.clamped(to: 0..<promptLength).count
        cutPromptTokens += ofPrompt
        cutAnswerTokens += range.count - ofPrompt
        if range.upperBound == tokens.count { lostItsEnd = true }
        unscore(range)
        scored = scored.map { span in
            span.lowerBound < range.upperBound
                ? span : (span.lowerBound - range.count)..<(span.upperBound - range.count)
        }
        tokens.removeSubrange(range)
    }

    fileprivate mutating func unscore(_ range: Range<Int>) {
        scored = scored.flatMap { span in
            [
                span.clamped(to: 0..<range.lowerBound),
                span.clamped(to: range.upperBound..<max(range.upperBound, span.upperBound)),
            ].filter { !$0.isEmpty }
        }
    }
}
