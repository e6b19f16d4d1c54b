/// The visible blank "▁" in the vocabularies of SentencePiece.
enum Metaspace {
    /// U+2581 in UTF-8.
    private static let utf8: (UInt8, UInt8, UInt8) = (0xE2, 0x96, 0x81)

    @inline(__always)
    private static func isHere(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        text[index] == utf8.0 && index &+ 2 < text.count && text[index &+ 1] == utf8.1
            && text[index &+ 2] == utf8.2
    }

    /// Whether it is a token, and tokens have it at their beginning only, once or several times.
    ///
    /// Then no merge reaches over the place before it.
    static func onlyBeginsTokens(of vocabulary: Vocabulary) -> Bool {
        guard vocabulary.id(of: "\u{2581}") != nil else { return false }
        var holds = true
        vocabulary.forEach { token, _ in
            if nextWord(in: token, from: 0) < token.count { holds = false }
        }
        return holds
    }

    /// Visits the words of a text, each with the blanks before it.
    @inline(__always)
    static func forEachWord(
        in text: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        var start = 0
        while start < text.count {
            let end = nextWord(in: text, from: start)
            body(UnsafeBufferPointer(rebasing: text[start..<end]))
            start = end
        }
    }

    /// Where the next word begins: at a blank behind something else.
    @inline(__always)
    private static func nextWord(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, isHere(text, index) { index &+= 3 }
        while index < text.count, !isHere(text, index) { index &+= 1 }
        return index
    }
}
