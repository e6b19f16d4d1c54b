/// Numbers as they stand in expressions.
enum NumberLiteral {
    static func read(_ source: [Unicode.Scalar], at start: Int) throws -> (Token.Kind, Int)? {
        guard isDigit(source[start]) else { return nil }
        if let end = endOfFloat(source, at: start) {
            let text = digits(source[start..<end])
            return Double(text).map { (.float($0), end) }
        }
        let (radix, first, end) = endOfInteger(source, at: start)
        let text = digits(source[first..<end])
        guard let value = Int(text, radix: radix) else {
            throw Failure.syntax("the integer \(text) does not fit 64 bits", at: start)
        }
        return (.integer(value), end)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        "0" <= scalar && scalar <= "9"
    }

    private static func digits(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        for scalar in scalars where scalar != "_" { text.unicodeScalars.append(scalar) }
        return text
    }

    /// The end of digits with single underscores between them.
    private static func endOfDigits(
        _ source: [Unicode.Scalar],
        at start: Int,
        _ isDigit: (Unicode.Scalar) -> Bool = isDigit
    ) -> Int {
        var end = start
        while end < source.count {
            if isDigit(source[end]) {
                end += 1
            } else if end > start, source[end] == "_", end + 1 < source.count,
                isDigit(source[end + 1])
            {
                end += 2
            } else {
                break
            }
        }
        return end
    }

    private static func endOfFloat(_ source: [Unicode.Scalar], at start: Int) -> Int? {
        // In `x.1.2` the numbers are two subscripts.
        if start > 0, source[start - 1] == "." { return nil }
        var end = endOfDigits(source, at: start)
        var hasFraction = false
        if end < source.count, source[end] == "." {
            let fraction = endOfDigits(source, at: end + 1)
            if fraction > end + 1 {
                end = fraction
                hasFraction = true
            }
        }
        if end < source.count, source[end] == "e" || source[end] == "E" {
            var exponent = end + 1
            if exponent < source.count, source[exponent] == "+" || source[exponent] == "-" {
                exponent += 1
            }
            let last = endOfDigits(source, at: exponent)
            if last > exponent { return last }
        }
        return hasFraction ? end : nil
    }

    private static func endOfInteger(
        _ source: [Unicode.Scalar],
        at start: Int
    ) -> (radix: Int, first: Int, end: Int) {
        guard source[start] == "0" else { return (10, start, endOfDigits(source, at: start)) }
        let radices: [Unicode.Scalar: Int] = ["b": 2, "B": 2, "o": 8, "O": 8, "x": 16, "X": 16]
        if start + 1 < source.count, let radix = radices[source[start + 1]] {
            // An underscore may stand behind the prefix too.
            var first = start + 2
            if first < source.count, source[first] == "_" { first += 1 }
            let end = endOfDigits(source, at: first) {
                $0.isASCII && Character($0).hexDigitValue.map { $0 < radix } ?? false
            }
            if end > first { return (radix, first, end) }
        }
        return (10, start, endOfDigits(source, at: start) { $0 == "0" })
    }
}

/// Strings as they stand in expressions.
enum StringLiteral {
    /// The content of a string between its quotes, with Python's escapes resolved.
    static func unescaped(_ source: ArraySlice<Unicode.Scalar>) throws -> Text {
        guard source.contains("\\") else { return Text(source) }
        var result: [Unicode.Scalar] = []
        var index = source.startIndex
        while index < source.endIndex {
            let scalar = source[index]
            index += 1
            guard scalar == "\\", index < source.endIndex else {
                result.append(scalar)
                continue
            }
            let kind = source[index]
            index += 1
            switch kind {
            case "\n": break
            case "\\", "'", "\"": result.append(kind)
            case "a": result.append("\u{07}")
            case "b": result.append("\u{08}")
            case "f": result.append("\u{0C}")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "v": result.append("\u{0B}")
            case "0"..."7":
                var digits = String(kind)
                while digits.count < 3, index < source.endIndex,
                    "0" <= source[index], source[index] <= "7"
                {
                    digits.unicodeScalars.append(source[index])
                    index += 1
                }
                result.append(Unicode.Scalar(UInt32(digits, radix: 8) ?? 0) ?? "\u{FFFD}")
            case "x": result.append(try codePoint(source, &index, digits: 2))
            case "u": result.append(try codePoint(source, &index, digits: 4))
            case "U": result.append(try codePoint(source, &index, digits: 8))
            case "N":
                throw Failure.syntax(
                    "character names in strings are not supported: write \\u and the code point",
                    at: index - 2
                )
            default: result += ["\\", kind]
            }
        }
        return Text(result)
    }

    private static func codePoint(
        _ source: ArraySlice<Unicode.Scalar>,
        _ index: inout Int,
        digits: Int
    ) throws -> Unicode.Scalar {
        let start = index - 2
        let end = index + digits
        guard end <= source.endIndex, source[index..<end].allSatisfy(\.properties.isASCIIHexDigit),
            let value = UInt32(Text(source[index..<end]).string, radix: 16)
        else { throw Failure.syntax("truncated escape in a string", at: start) }
        guard let scalar = Unicode.Scalar(value) else {
            throw Failure.syntax("a string escape is not a character of its own", at: start)
        }
        index = end
        return scalar
    }
}
