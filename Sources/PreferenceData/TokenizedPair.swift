/// A prompt with each of two answers as token ids, of any length.
struct TokenizedPair {
    var promptLength: Int
    /// The prompt and the preferred answer.
    var chosen: [Int32]
    /// The prompt and the other answer.
    var rejected: [Int32]
    /// Tokens of the prompt alone that are not in the prompt's part of the sequences.
    var boundaryShift = 0
    var endOfTextAppended = 0
    var endOfTextMissing = 0

    /// Encodes text as TRL 1.16 does for standard (not conversational) data.
    ///
    /// The text that ends an answer is appended to answers that do not end in it. Ids come from
    /// encoding the whole text of each side, with the special tokens that the tokenizer adds. The
    /// prompt's length is the longest common prefix of the prompt's ids and both encodings, for a
    /// tokenizer may join the end of the prompt with the beginning of an answer; what is joined
    /// is scored with the answer.
    ///
    /// - Throws: `emptyAnswer` or `equalAnswers`, told by the text before anything is appended.
    init(
        _ pair: PreferenceExample.TextPair,
        encoder: any TextEncoder,
        appendingEndOfText: Bool
    ) throws(DataError.Reason) {
        if pair.chosen.isBlank { throw .emptyAnswer(key: "chosen") }
        if pair.rejected.isBlank { throw .emptyAnswer(key: "rejected") }
        if pair.chosen.utf8.elementsEqual(pair.rejected.utf8) { throw .equalAnswers }
        let endOfText = encoder.endOfText ?? ""
        var texts: [String] = []
        for answer in [pair.chosen, pair.rejected] {
            // By bytes: a String's own comparison takes different spellings of a character for
            // the same.
            let ends =
                !endOfText.isEmpty
                && answer.utf8.suffix(endOfText.utf8.count).elementsEqual(endOfText.utf8)
            let appends = !ends && !endOfText.isEmpty && appendingEndOfText
            endOfTextAppended += appends ? 1 : 0
            endOfTextMissing += ends || appends ? 0 : 1
            texts.append(pair.prompt + answer + (appends ? endOfText : ""))
        }
        let prompt = encoder.encode(pair.prompt, addingSpecialTokens: true)
        chosen = encoder.encode(texts[0], addingSpecialTokens: true)
        rejected = encoder.encode(texts[1], addingSpecialTokens: true)
        promptLength = min(
            Self.commonPrefix(prompt, chosen),
            Self.commonPrefix(prompt, rejected)
        )
        boundaryShift = prompt.count - promptLength
    }

    /// Takes token ids as they are.
    ///
    /// - Throws: `emptyAnswer`.
    init(_ pair: PreferenceExample.TokenPair) throws(DataError.Reason) {
        if pair.chosen.isEmpty { throw .emptyAnswer(key: "chosen_ids") }
        if pair.rejected.isEmpty { throw .emptyAnswer(key: "rejected_ids") }
        promptLength = pair.prompt.count
        chosen = pair.prompt + pair.chosen
        rejected = pair.prompt + pair.rejected
    }

    private static func commonPrefix(_ left: [Int32], _ right: [Int32]) -> Int {
        let limit = min(left.count, right.count)
        var count = 0
        while count < limit, left[count] == right[count] { count += 1 }
        return count
    }
}
