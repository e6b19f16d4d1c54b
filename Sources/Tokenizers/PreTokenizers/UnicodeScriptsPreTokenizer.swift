/// Cuts where the script changes; the scripts of Japanese and Chinese count as one.
struct UnicodeScriptsPreTokenizer: PreTokenizer {
    func apply(to text: inout PreTokenizedText) {
        text.split { piece, cut in
            // Characters without a script of their own go with what stands before them.
            var last: Int?
            var index = 0
            var start: Int?
            while index < piece.count {
                let place = index
                guard let script = Self.script(of: UTF8Scanner.scalar(piece, at: &index)) else {
                    continue
                }
                if script != last {
                    if let start { cut(start, place) }
                    start = place
                }
                last = script
            }
            if let start { cut(start, piece.count) }
        }
    }

    private static let han = UnicodeScript.names.firstIndex(of: "han")
    private static let japanese = ["hiragana", "katakana"].map {
        UnicodeScript.names.firstIndex(of: $0)
    }

    /// The script as this pre-tokenizer sees it, or nil where any is right.
    private static func script(of scalar: UInt32) -> Int? {
        if scalar == 0x20 { return nil }
        if scalar == 0x30FC { return han }
        let script = UnicodeScript.index(of: scalar)
        return script != nil && japanese.contains(script) ? han : script
    }
}

/// Cuts into pieces of so many characters.
struct FixedLengthPreTokenizer: PreTokenizer {
    let length: Int

    func apply(to text: inout PreTokenizedText) {
        text.split { piece, cut in
            var index = 0
            var start = 0
            var left = length
            while index < piece.count {
                _ = UTF8Scanner.scalar(piece, at: &index)
                left -= 1
                if left == 0 {
                    cut(start, index)
                    start = index
                    left = length
                }
            }
            cut(start, index)
        }
    }
}

/// Cuts out words and runs of what is neither word nor blank: `\w+|[^\w\s]+`.
struct WhitespacePreTokenizer: PreTokenizer {
    private enum Kind {
        case word, blank, other
    }

    func apply(to text: inout PreTokenizedText) {
        text.split { piece, cut in
            var index = 0
            var start = 0
            var kind = Kind.blank
            while index < piece.count {
                let place = index
                let next = Self.kind(of: UTF8Scanner.scalar(piece, at: &index))
                if next != kind {
                    if kind != .blank { cut(start, place) }
                    start = place
                    kind = next
                }
            }
            if kind != .blank { cut(start, index) }
        }
    }

    private static func kind(of scalar: UInt32) -> Kind {
        CharacterTests.isWord(scalar) ? .word : scalar.isWhitespaceScalar ? .blank : .other
    }
}
