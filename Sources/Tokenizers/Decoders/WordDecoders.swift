/// Writes the visible character as a blank, and leaves it out in the first token.
struct MetaspaceDecoder: Decoder {
    let replacement: [UInt8]
    let removesFirst: Bool

    func decode(_ texts: TokenTexts) -> TokenTexts {
        texts.rewritten { index, text, result in
            let blank: [UInt8] = index == 0 && removesFirst ? [] : [0x20]
            result.append(contentsOf: ByteStrings.replacing(replacement, with: blank, in: text))
        }
    }
}

/// Joins WordPiece's tokens: those with the prefix to what is before them, others with a blank.
struct WordPieceDecoder: Decoder {
    let prefix: [UInt8]
    let cleansUp: Bool

    func decode(_ texts: TokenTexts) -> TokenTexts {
        texts.rewritten { index, text, result in
            var token: [UInt8] = []
            if index > 0 {
                if text.starts(with: prefix) {
                    token.append(contentsOf: text.dropFirst(prefix.count))
                } else {
                    token.append(0x20)
                    token.append(contentsOf: text)
                }
            } else {
                token.append(contentsOf: text)
            }
            result.append(contentsOf: cleansUp ? EnglishCleanup.cleaned(token) : token)
        }
    }
}

/// Writes the mark of a word's end as a blank, and leaves it out in the last token.
struct BytePairDecoder: Decoder {
    let suffix: [UInt8]

    func decode(_ texts: TokenTexts) -> TokenTexts {
        texts.rewritten { index, text, result in
            let blank: [UInt8] = index == texts.count - 1 ? [] : [0x20]
            result.append(contentsOf: ByteStrings.replacing(suffix, with: blank, in: text))
        }
    }
}

/// Decodes what a model of speech says: one of several equal tokens in a row, no padding.
struct CTCDecoder: Decoder {
    let paddingToken: [UInt8]
    let wordDelimiter: [UInt8]
    let cleansUp: Bool

    func decode(_ texts: TokenTexts) -> TokenTexts {
        var result = TokenTexts()
        var previous: [UInt8]?
        texts.forEach { _, text in
            let token = Array(text)
            defer { previous = token }
            if token == previous { return }
            var written = ByteStrings.replacing(paddingToken, with: [], in: text)
            if cleansUp {
                let cleaned = EnglishCleanup.cleaned(written)
                written = cleaned.withUnsafeBufferPointer {
                    ByteStrings.replacing(wordDelimiter, with: [0x20], in: $0)
                }
            }
            if !written.isEmpty { result.append(written) }
        }
        return result
    }
}

/// Removes blanks that tokenizing English put before punctuation and parts of words.
enum EnglishCleanup {
    private static let replacements: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
        (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
    private static let negation = Array(" do not".utf8)

    /// - Parameter joiningNegations: whether "do not" becomes "don't", as in the Rust library but
    ///   not in transformers.
    static func cleaned(_ text: [UInt8], joiningNegations: Bool = true) -> [UInt8] {
        replacements.reduce(text) { text, replacement in
            if !joiningNegations, replacement.0 == Self.negation { return text }
            return text.withUnsafeBufferPointer {
                ByteStrings.replacing(replacement.0, with: replacement.1, in: $0)
            }
        }
    }
}

/// Replacing in byte strings.
enum ByteStrings {
    /// The text with every occurrence replaced, from the left.
    ///
    /// Where nothing is looked for, it is found before and behind every character.
    static func replacing(
        _ old: [UInt8],
        with new: [UInt8],
        in text: UnsafeBufferPointer<UInt8>
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        if old.isEmpty {
            for byte in text {
                if byte & 0xC0 != 0x80 { result.append(contentsOf: new) }
                result.append(byte)
            }
            return result + new
        }
        var covered = 0
        TextPattern.literal(old).forEachMatch(in: text) { start, end in
            result.append(contentsOf: text[covered..<start])
            result.append(contentsOf: new)
            covered = end
        }
        result.append(contentsOf: text[covered...])
        return result
    }
}
