import OrderedJSON

extension Passage {
    /// The texts in it, one per turn or part of a turn.
    var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .messages(let messages): messages.flatMap(\.texts)
        case .tokens: []
        }
    }

    /// Unicode scalars of the texts, Python's characters; of token ids, how many there are.
    var scalarCount: Int {
        if case .tokens(let tokens) = self { return tokens.count }
        return texts.reduce(0) { $0 + $1.unicodeScalars.count }
    }

    /// Whether it says nothing: white space alone, no token, no call of a tool.
    var isBlank: Bool {
        switch self {
        case .text(let text): text.isBlank
        case .messages(let messages):
            messages.allSatisfy { message in
                message.texts.allSatisfy(\.isBlank) && message.members["tool_calls"] == nil
            }
        case .tokens(let tokens): tokens.isEmpty
        }
    }

    /// Whether both are the same, byte for byte.
    func hasSameContent(as other: Passage) -> Bool {
        if case .text(let left) = self, case .text(let right) = other {
            // A String's own comparison takes different spellings of a character for the same.
            return left.utf8.elementsEqual(right.utf8)
        }
        return self == other
    }
}

extension ChatMessage {
    /// The content, or the texts of its parts.
    var texts: [String] {
        if let text { return [text] }
        return (members["content"]?.array ?? []).compactMap { $0["text"]?.string }
    }
}

extension String {
    /// Whether there is a control character other than tab and line breaks, or U+FFFD, which
    /// stands for bytes that a conversion could not read.
    var hasControlCharacters: Bool {
        var text = self
        return text.withUTF8 { bytes in
            bytes.indices.contains { index in
                switch bytes[index] {
                case 0x09, 0x0A, 0x0D: false
                case 0..<0x20, 0x7F: true
                // U+0080 to U+009F, and U+FFFD.
                case 0xC2: bytes[index + 1] < 0xA0
                case 0xEF: bytes[index + 1] == 0xBF && bytes[index + 2] == 0xBD
                default: false
                }
            }
        }
    }
}

extension TextSearch {
    /// The text without white space and a match at its end.
    func removingMatch(atEndOf text: String) -> String {
        let trimmed = text.trimmingBlanks
        guard let last = matches(in: String(text[..<trimmed.endIndex])).last,
            last.upperBound == trimmed.endIndex
        else { return text }
        return String(text[..<last.lowerBound])
    }
}
