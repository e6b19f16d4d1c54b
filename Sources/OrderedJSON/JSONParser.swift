public import Files
package import Foundation

/// Why a text is not JSON, and where.
public struct JSONError: InputError, Equatable {
    /// What is wrong, such as "a string is not closed".
    public let problem: String
    /// Line of the text, from 1.
    public let line: Int
    /// Byte in the line, from 1.
    public let column: Int

    /// The error as one line.
    public var description: String { "line \(line), column \(column): \(problem)" }
}

/// A JSON text in a file that is not what it should be.
public struct JSONFileError: InputError, Equatable {
    /// The file's path.
    public let path: String
    /// What is wrong with it, and where.
    public let error: JSONError

    /// The error as one line.
    public var description: String { "\(path), \(error)" }
}

extension JSONValue {
    /// Reads one JSON text (RFC 8259): UTF-8, nothing after the value, no comments, no NaN.
    ///
    /// - Parameters:
    ///   - uniqueKeys: refuse an object that has a key twice. Otherwise the last one holds.
    ///   - maximumDepth: how deep lists and objects may lie in each other.
    package init(
        parsing bytes: UnsafeRawBufferPointer,
        uniqueKeys: Bool = false,
        maximumDepth: Int = 512
    ) throws(JSONError) {
        var parser = JSONParser(bytes, uniqueKeys: uniqueKeys, maximumDepth: maximumDepth)
        self = try parser.document()
    }

    package init(parsing bytes: [UInt8], uniqueKeys: Bool = false) throws {
        self = try bytes.withUnsafeBytes { try JSONValue(parsing: $0, uniqueKeys: uniqueKeys) }
    }

    package init(parsing text: String, uniqueKeys: Bool = false) throws {
        try self.init(parsing: Array(text.utf8), uniqueKeys: uniqueKeys)
    }

    /// Reads a JSON file.
    ///
    /// - Throws: `FileError` or `JSONFileError`, both naming the file.
    package init(contentsOf url: URL, uniqueKeys: Bool = false) throws {
        let file = try MappedFile(url)
        do throws(JSONError) {
            self = try withExtendedLifetime(file) { (file) throws(JSONError) in
                try JSONValue(parsing: file.bytes, uniqueKeys: uniqueKeys)
            }
        } catch {
            throw JSONFileError(path: url.path, error: error)
        }
    }
}

/// A parser by recursive descent over bytes.
private struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    let uniqueKeys: Bool
    let maximumDepth: Int
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer, uniqueKeys: Bool, maximumDepth: Int) {
        self.bytes = bytes
        self.uniqueKeys = uniqueKeys
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipBlanks()
        let value = try value(depth: 0)
        skipBlanks()
        if position < bytes.count { throw failure("something follows the value") }
        return value
    }

    func failure(_ problem: String, at place: Int? = nil) -> JSONError {
        let before = bytes[..<min(place ?? position, bytes.count)]
        let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONError(problem: problem, line: line, column: before.endIndex - lineStart + 1)
    }

    /// The byte here, or 0 at the end.
    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        if depth > maximumDepth { throw failure("more than \(maximumDepth) levels") }
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            throw failure(
                position < bytes.count ? "a value is expected here" : "the text ends too early"
            )
        }
    }

    mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: count)
        guard bytes.count - position >= count,
            bytes[position..<position + count].elementsEqual(expected)
        else { throw failure("a value is expected here") }
        position += count
        return value
    }

    mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var members: [(key: String, value: JSONValue)] = []
        // Bytes, for Swift's strings are equal also where only their accents are composed otherwise.
        var seen: Set<[UInt8]> = []
        skipBlanks()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(JSONObject())
        }
        while true {
            skipBlanks()
            let start = position
            guard current == UInt8(ascii: "\"") else { throw failure("a key is expected here") }
            let key = try string()
            if uniqueKeys, !seen.insert(Array(key.utf8)).inserted {
                throw failure("the key \(JSONValue.string(key).text) stands twice", at: start)
            }
            skipBlanks()
            guard current == UInt8(ascii: ":") else { throw failure("a \":\" is expected here") }
            position += 1
            skipBlanks()
            members.append((key, try value(depth: depth + 1)))
            if try listEnds(with: UInt8(ascii: "}")) { return .object(JSONObject(members)) }
        }
    }

    mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipBlanks()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            skipBlanks()
            elements.append(try value(depth: depth + 1))
            if try listEnds(with: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    /// Takes the comma or the closing bracket after an element.
    mutating func listEnds(with closing: UInt8) throws(JSONError) -> Bool {
        skipBlanks()
        let byte = current
        guard byte == closing || byte == UInt8(ascii: ",") else {
            let closing = Character(Unicode.Scalar(closing))
            throw failure(
                position < bytes.count
                    ? "a \",\" or \"\(closing)\" is expected here" : "the text ends too early"
            )
        }
        position += 1
        return byte == closing
    }

    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        var isInteger = true
        if current == UInt8(ascii: "-") { position += 1 }
        let firstDigit = current
        guard try digits() > 0 else { throw failure("a digit is expected here") }
        if firstDigit == UInt8(ascii: "0"), position - start > (bytes[start] == firstDigit ? 1 : 2)
        {
            throw failure("a number begins with 0", at: start)
        }
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard try digits() > 0 else { throw failure("a digit is expected here") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard try digits() > 0 else { throw failure("a digit is expected here") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw failure("the number is too large", at: start)
        }
        return .number(value)
    }

    mutating func digits() throws(JSONError) -> Int {
        let start = position
        while UInt8(ascii: "0") <= current, current <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    mutating func string() throws(JSONError) -> String {
        let opening = position
        position += 1
        let start = position
        // Most strings have no escapes: one scan, one validated copy.
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try validated(bytes[start..<position], at: start)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { break }
            if byte < 0x20 { throw failure("a control character inside a string") }
            position += 1
        }
        var content = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try validated(content, at: start)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &content)
            case 0..<0x20:
                throw failure("a control character inside a string")
            default:
                content.append(byte)
                position += 1
            }
        }
        throw failure("a string is not closed", at: opening)
    }

    func validated(_ bytes: some Sequence<UInt8>, at place: Int) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("a string is not UTF-8", at: place)
        }
        return text
    }

    mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let kind = current
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(kind)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: try unicodeEscape().utf8)
        default: throw failure("an unknown escape", at: position - 1)
        }
    }

    mutating func unicodeEscape() throws(JSONError) -> String {
        let start = position
        let first = try codeUnit()
        var units = [first]
        if UTF16.isLeadSurrogate(first), current == UInt8(ascii: "\\"),
            position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            units.append(try codeUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw failure("half a surrogate pair", at: start)
        }
        return text
    }

    mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else {
            throw failure("four hexadecimal digits are expected here")
        }
        var unit: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            // Digit by digit, for Swift's own conversion takes a sign: "+041", "-000".
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("four hexadecimal digits are expected here")
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }
}
