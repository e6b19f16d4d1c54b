import ChatTemplates

/// A conversation as text, and what of it is scored, in UTF-8 bytes.
struct ConversationText: Equatable {
    private(set) var bytes: [UInt8]
    /// Ascending and disjoint.
    private(set) var spans: [Range<Int>]

    init(_ text: String, spans: [Range<Int>] = []) {
        bytes = Array(text.utf8)
        self.spans = spans
    }

    /// A text with its spans of `{% generation %}`.
    init(generating chat: RenderedChat) {
        self.init(chat.text)
        // Where each code point begins, and the end.
        let starts = bytes.indices.filter { !bytes[$0].isContinuation } + [bytes.count]
        func place(_ offset: Int) -> Int { starts[min(offset, starts.count - 1)] }
        spans = chat.generationSpans.map { place($0.lowerBound)..<place($0.upperBound) }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What minimind's template writes where an answer has no thinking.
    static let emptyThinking = Array("<think>\n\n</think>\n\n".utf8)

    /// Deletes every empty thinking.
    ///
    /// - Returns: whether there was one.
    mutating func removeEmptyThinking() -> Bool {
        let pattern = Self.emptyThinking
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        // For every byte, and the end, how many before it are kept.
        var places: [Int] = []
        places.reserveCapacity(bytes.count + 1)
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: pattern) {
                places += repeatElement(kept.count, count: pattern.count)
                index += pattern.count
            } else {
                places.append(kept.count)
                kept.append(bytes[index])
                index += 1
            }
        }
        places.append(kept.count)
        let found = kept.count < bytes.count
        bytes = kept
        spans = spans.map { places[$0.lowerBound]..<places[$0.upperBound] }
        return found
    }

    /// The positions of the spans' tokens.
    ///
    /// How many tokens lie before a place in the text is how many the encoding of the text up to
    /// there has in common with that of the whole. So a token that lies across the beginning of a
    /// span belongs to it, and one that lies across its end does not. Where the text up to there
    /// ends in other tokens than the whole has (two newlines are one token of GPT-2's at the end of
    /// a text and two before a word), the place is still exact if the whole ends in the tokens of
    /// the text behind it.
    ///
    /// - Parameter tokens: the ids of the whole text.
    func scored(in tokens: [Int32], encode: (String) -> [Int32]) -> [Range<Int>] {
        func count(before place: Int) -> Int {
            if place == bytes.count { return tokens.count }
            let before = encode(String(decoding: bytes[..<place], as: UTF8.self))
            let count = before.commonPrefixCount(with: tokens)
            if count == before.count { return count }
            let behind = encode(String(decoding: bytes[place...], as: UTF8.self))
            return tokens.suffix(behind.count) == behind[...] ? tokens.count - behind.count : count
        }
        var scored: [Range<Int>] = []
        for span in spans where !span.isEmpty {
            let start = max(count(before: span.lowerBound), scored.last?.upperBound ?? 0)
            let end = count(before: span.upperBound)
            if start < end { scored.append(start..<end) }
        }
        return scored
    }
}

extension UInt8 {
    /// Whether the byte goes on with a scalar of UTF-8.
    var isContinuation: Bool { self & 0b1100_0000 == 0b1000_0000 }
}

extension ArraySlice<UInt8> {
    /// How many bytes, from the beginning, both have alike, up to the end of a scalar.
    func commonPrefixCount(with other: ArraySlice<UInt8>) -> Int {
        let limit = Swift.min(count, other.count)
        var length = 0
        while length < limit, self[startIndex + length] == other[other.startIndex + length] {
            length += 1
        }
        while length > 0, length < count, self[startIndex + length].isContinuation { length -= 1 }
        return length
    }
}
