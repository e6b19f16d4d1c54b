/// What a Split or Replace step looks for in a text.
enum TextPattern: Sendable {
    /// These very bytes, not empty.
    case literal([UInt8])
    /// Single characters that pass a test.
    case scalars(@Sendable (UInt32) -> Bool)
    /// A well-known regular expression, by a scanner written for it.
    case scanner(any PatternScanner)
    /// Any other regular expression.
    case regex(RegularExpression)

    /// The pattern of a section `{"String": …}` or `{"Regex": …}`.
    init(_ section: FileSection) throws {
        if let literal = try section.optionalString("String") {
            if !literal.isEmpty {
                self = .literal(Array(literal.utf8))
                return
            }
        }
        // An empty text is found everywhere, as by an empty expression.
        guard let regex = try section.section("Regex") ?? section.section("String") else {
            throw section.error("{\"String\": …} or {\"Regex\": …} is expected")
        }
        let text = try regex.string()
        if let scanner = WellKnownPatterns.scanner(for: text) {
            self = .scanner(scanner)
            return
        }
        do throws(RegularExpression.SyntaxError) {
            self = .regex(try RegularExpression(text))
        } catch {
            throw regex.error("not a regular expression this reader takes: \(error.problem)")
        }
    }

    /// Visits the matches in order; they do not overlap.
    @inline(__always)
    func forEachMatch(
        in bytes: UnsafeBufferPointer<UInt8>,
        _ body: (_ start: Int, _ end: Int) -> Void
    ) {
        switch self {
        case .literal(let literal):
            literal.withUnsafeBufferPointer { Self.forEachOccurrence(of: $0, in: bytes, body) }
        case .scalars(let test):
            var index = 0
            while index < bytes.count {
                let start = index
                if test(UTF8Scanner.scalar(bytes, at: &index)) { body(start, index) }
            }
        case .scanner(let scanner):
            var start = 0
            while start < bytes.count {
                let end = scanner.end(ofMatchAt: start, in: bytes)
                body(start, end)
                start = end
            }
        case .regex(let regex):
            regex.forEachMatch(in: bytes, body)
        }
    }

    private static func forEachOccurrence(
        of literal: UnsafeBufferPointer<UInt8>,
        in bytes: UnsafeBufferPointer<UInt8>,
        _ body: (Int, Int) -> Void
    ) {
        var start = 0
        let last = bytes.count - literal.count
        search: while start <= last {
            var offset = 0
            while offset < literal.count {
                if bytes[start &+ offset] != literal[offset] {
                    start &+= 1
                    continue search
                }
                offset &+= 1
            }
            body(start, start &+ literal.count)
            start &+= literal.count
        }
    }
}
