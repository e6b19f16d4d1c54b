/// A Python `str`: a sequence of Unicode code points, held as valid UTF-8.
///
/// Swift's `String` takes canonically equivalent texts for equal and counts grapheme clusters;
/// templates are written for code points, and training data must come out byte for byte.
struct Text: Hashable, Comparable, Sendable {
    let bytes: [UInt8]
    /// Whether this is a `markupsafe.Markup`, what the filters `safe` and `escape` give.
    let isMarkup: Bool

    init(_ bytes: [UInt8], isMarkup: Bool = false) {
        self.bytes = bytes
        self.isMarkup = isMarkup
    }

    init(_ bytes: ArraySlice<UInt8>, isMarkup: Bool = false) {
        self.init(Array(bytes), isMarkup: isMarkup)
    }

    init(_ string: String) { self.init(Array(string.utf8)) }

    init(_ scalars: some Sequence<Unicode.Scalar>, isMarkup: Bool = false) {
        var bytes: [UInt8] = []
        for scalar in scalars { bytes.append(scalar) }
        self.init(bytes, isMarkup: isMarkup)
    }

    var string: String { String(decoding: bytes, as: UTF8.self) }
    var isEmpty: Bool { bytes.isEmpty }
    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }
    var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }

    /// The number of code points, Python's `len`.
    var count: Int { bytes.codePointCount }

    /// The same text without the mark, as `str(text)` gives.
    var plain: Text { isMarkup ? Text(bytes) : self }

    func marked(_ isMarkup: Bool) -> Text {
        isMarkup == self.isMarkup ? self : Text(bytes, isMarkup: isMarkup)
    }

    static func == (left: Text, right: Text) -> Bool { left.bytes == right.bytes }

    func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// By code points, which is the order of UTF-8 bytes.
    static func < (left: Text, right: Text) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// The byte where a code point begins; `count` gives the end.
    func byteOffset(of index: Int) -> Int {
        guard index > 0 else { return 0 }
        var left = index
        for (offset, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
            if left == 0 { return offset }
            left -= 1
        }
        return bytes.count
    }

    /// The code points `start..<end` (both inside the text).
    func slice(_ start: Int, _ end: Int) -> Text {
        guard start < end else { return Text([], isMarkup: isMarkup) }
        if isASCII { return Text(bytes[start..<end], isMarkup: isMarkup) }
        let first = byteOffset(of: start)
        var last = first
        var left = end - start
        while last < bytes.count {
            if bytes[last] & 0xC0 != 0x80 {
                if left == 0 { break }
                left -= 1
            }
            last += 1
        }
        return Text(bytes[first..<last], isMarkup: isMarkup)
    }

    /// The code points as texts of one code point each.
    var characters: [Text] { scalars.map { Text(CollectionOfOne($0)) } }
}

extension Text: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self.init(value) }
}

extension [UInt8] {
    /// Appends a code point in UTF-8.
    mutating func append(_ scalar: Unicode.Scalar) {
        append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// The number of code points in these bytes of UTF-8.
    var codePointCount: Int { self[...].codePointCount }
}

extension ArraySlice<UInt8> {
    /// The number of code points in these bytes of UTF-8.
    var codePointCount: Int { reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
}
