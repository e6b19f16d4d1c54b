import Files

/// Splits a JSON list into its elements, of which only one is in memory at a time.
///
/// What an element is, only its brackets and strings tell; whoever parses it finds what is wrong
/// inside.
struct ListReader: ~Copyable {
    /// A part of a file, and where it begins.
    struct Element {
        var bytes: [UInt8]
        /// The line, from 1.
        var line: Int
        /// The byte in that line, from 1.
        var column: Int
        /// Its number in the list, from 0.
        var index: Int
    }

    /// Why a list cannot be split.
    struct Failure: Error {
        var problem: String
        var line: Int
        var column: Int
    }

    private enum State { case beforeList, afterElement, closed }

    /// How many bytes of the file were read, as they lie on the disk.
    var bytesRead: Int { source.bytesRead }

    private var source: ByteReader
    private var buffer: [UInt8]
    private var position = 0
    private var atEnd = false
    private var state = State.beforeList
    private var line = 1
    private var column = 1
    private var count = 0

    /// - Parameter beginning: what was read of the source already; the first byte that is no
    ///   white space is the opening bracket.
    init(_ source: consuming ByteReader, beginning: [UInt8]) {
        self.source = source
        buffer = beginning
    }

    /// The next element, or nil behind the closing bracket.
    ///
    /// - Throws: `Failure`; `FileError` where reading fails.
    mutating func next() throws -> Element? {
        switch state {
        case .closed: return nil
        case .beforeList:
            _ = try skipBlanks()
            advance()
            if try skipBlanks() == UInt8(ascii: "]") { return try close() }
        case .afterElement:
            switch try skipBlanks() {
            case UInt8(ascii: "]"): return try close()
            case UInt8(ascii: ","): advance()
            case nil: throw failure("the list is not closed")
            default: throw failure("a \",\" or \"]\" is expected here")
            }
        }
        state = .afterElement
        switch try skipBlanks() {
        case nil: throw failure("the list is not closed")
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"):
            throw failure("an element is expected here")
        default: return try element()
        }
    }

    private mutating func element() throws -> Element {
        let (line, column) = (line, column)
        var start = position
        var depth = 0
        var isString = false
        var isEscaped = false
        scan: while let byte = try current(keepingFrom: &start) {
            if isString {
                if byte < 0x20 { throw failure("a control character inside a string") }
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                advance()
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { break scan }
                depth -= 1
                if depth == 0 {
                    advance()
                    break scan
                }
            case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { break scan }
            default: break
            }
            advance()
        }
        if depth > 0 || isString {
            throw Failure(problem: "what begins here is not closed", line: line, column: column)
        }
        defer { count += 1 }
        return Element(
            bytes: Array(buffer[start..<position]),
            line: line,
            column: column,
            index: count
        )
    }

    private mutating func close() throws -> Element? {
        advance()
        state = .closed
        if try skipBlanks() != nil { throw failure("something follows the list") }
        return nil
    }

    /// The first byte from here on that is no white space; nil at the end of the file.
    private mutating func skipBlanks() throws -> UInt8? {
        while true {
            var start = position
            guard let byte = try current(keepingFrom: &start) else { return nil }
            guard byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return byte }
            advance()
        }
    }

    /// The byte here; nil at the end of the file.
    ///
    /// - Parameter start: the first byte of the buffer that is still needed.
    private mutating func current(keepingFrom start: inout Int) throws -> UInt8? {
        while position == buffer.count {
            if atEnd { return nil }
            buffer.removeSubrange(..<start)
            position -= start
            start = 0
            atEnd = try !source.read(into: &buffer)
        }
        return buffer[position]
    }

    private mutating func advance() {
        if buffer[position] == 0x0A {
            line += 1
            column = 1
        } else {
            column += 1
        }
        position += 1
    }

    private func failure(_ problem: String) -> Failure {
        Failure(problem: problem, line: line, column: column)
    }
}
