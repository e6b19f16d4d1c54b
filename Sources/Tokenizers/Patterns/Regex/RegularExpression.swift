/// A regular expression over Unicode scalars, in the syntax of Oniguruma.
///
/// It goes back and tries again where a choice leads nowhere, like the engine of the reference.
/// Its time is bounded: a pattern that takes more steps over a text than any sensible one finds
/// nothing more in it.
package struct RegularExpression: Sendable {
    /// Why a pattern cannot be read.
    package struct SyntaxError: Error {
        package var problem: String
    }

    private let program: RegexProgram

    /// - Throws: `SyntaxError` where the pattern is not a regular expression, or one that needs
    ///   what this engine does not have.
    package init(_ pattern: String) throws(SyntaxError) {
        var parser = RegexParser(pattern)
        let node = try parser.parse()
        program = try RegexProgram(node, captureCount: parser.captureCount)
    }

    /// Visits the matches in order; they do not overlap.
    ///
    /// A match of nothing counts, but not where the match before it ended.
    func forEachMatch(
        in bytes: UnsafeBufferPointer<UInt8>,
        _ body: (_ start: Int, _ end: Int) -> Void
    ) {
        var matcher = RegexMatcher(program, bytes, steps: 1_000_000 + bytes.count * 1_000)
        var start = 0
        var lastEnd = -1
        while start <= bytes.count, !matcher.isExhausted {
            if let end = matcher.match(at: start), end > start || end != lastEnd {
                body(start, end)
                lastEnd = end
                if end > start {
                    start = end
                    continue
                }
            }
            guard start < bytes.count else { break }
            _ = UTF8Scanner.scalar(bytes, at: &start)
        }
    }

    /// Whether it matches somewhere in a text.
    package func isFound(in text: String) -> Bool {
        var text = text
        var isFound = false
        text.withUTF8 { bytes in forEachMatch(in: bytes) { _, _ in isFound = true } }
        return isFound
    }
}
