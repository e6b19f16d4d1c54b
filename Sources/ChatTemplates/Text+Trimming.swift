extension Unicode.Scalar {
    /// Whether Python's `str.isspace` and the `\s` of its regular expressions take this for blank.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029,
            0x202F, 0x205F, 0x3000:
            true
        default: false
        }
    }

    /// Whether `str.splitlines` ends a line here.
    var isLineBoundary: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

/// The side or sides of a text.
struct Sides: OptionSet {
    let rawValue: Int
    static let left = Sides(rawValue: 1)
    static let right = Sides(rawValue: 2)
    static let both: Sides = [.left, .right]
}

extension Text {
    /// Without the code points of a set at its ends; nil means blanks.
    func stripped(_ sides: Sides, of set: Text? = nil) -> Text {
        let members = set.map { Set($0.scalars) }
        func strips(_ scalar: Unicode.Scalar) -> Bool {
            members.map { $0.contains(scalar) } ?? scalar.isPythonSpace
        }
        var start = 0
        var end = bytes.count
        if sides.contains(.left) {
            while start < end {
                let (scalar, next) = scalar(at: start)
                guard strips(scalar) else { break }
                start = next
            }
        }
        if sides.contains(.right) {
            while start < end {
                var first = end - 1
                while first > start, bytes[first] & 0xC0 == 0x80 { first -= 1 }
                guard strips(scalar(at: first).scalar) else { break }
                end = first
            }
        }
        if start == 0, end == bytes.count { return self }
        return Text(bytes[start..<end], isMarkup: isMarkup)
    }

    /// The code point that begins at a byte, and the byte where the next one begins.
    func scalar(at offset: Int) -> (scalar: Unicode.Scalar, next: Int) {
        let first = bytes[offset]
        if first < 0x80 { return (Unicode.Scalar(first), offset + 1) }
        let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        let end = min(offset + count, bytes.count)
        var value = UInt32(first) & (0x7F >> UInt32(count))
        for byte in bytes[(offset + 1)..<end] { value = value << 6 | UInt32(byte & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", end)
    }

    /// Python's `str.splitlines`.
    func lines(keepingEnds: Bool = false) -> [Text] {
        var lines: [Text] = []
        var start = 0
        var offset = 0
        while offset < bytes.count {
            let (scalar, next) = scalar(at: offset)
            guard scalar.isLineBoundary else {
                offset = next
                continue
            }
            var end = next
            if scalar == "\r", end < bytes.count, bytes[end] == 0x0A { end += 1 }
            let line = bytes[start..<(keepingEnds ? end : offset)]
            lines.append(Text(line, isMarkup: isMarkup))
            start = end
            offset = end
        }
        if start < bytes.count { lines.append(Text(bytes[start...], isMarkup: isMarkup)) }
        return lines
    }
}
