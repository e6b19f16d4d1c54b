import Foundation

/// Floating-point numbers as Python writes and rounds them.
enum PythonFloat {
    /// The most digits after the point that are written: more than any double has.
    static let maximumDigits = 1100

    /// `repr(value)`: the fewest digits that read back to the same number.
    static func representation(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let (digits, exponent) = shortestDigits(value.magnitude)
        let sign = value.sign == .minus ? "-" : ""
        // The point comes after so many digits.
        let point = exponent + 1
        if point > 16 || point < -3 {
            let fraction = digits.dropFirst()
            let mantissa = "\(digits.prefix(1))" + (fraction.isEmpty ? "" : ".\(fraction)")
            let size = exponent.magnitude
            return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
        if digits.count <= point {
            return "\(sign)\(digits)\(String(repeating: "0", count: point - digits.count)).0"
        }
        return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
    }

    /// The shortest decimal digits of a finite value, and the exponent of the first one.
    private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = "\(value)".split(separator: "e")
        let written = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = (parts.first ?? "0").split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa.first ?? "0"
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = Substring(whole + fraction)
        var exponent = written + whole.count - 1
        while digits.count > 1, digits.first == "0" {
            digits = digits.dropFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == "0" { digits = digits.dropLast() }
        return (String(digits), digits == "0" ? 0 : exponent)
    }

    /// `round(value, digits)`.
    static func rounded(_ value: Double, digits: Int) throws -> Double {
        guard value.isFinite, digits < 324 else { return value }
        if digits >= 0 {
            // The C library rounds the exact binary value, and ties to even, as Python does.
            guard let result = Double(fixed(value, digits: digits)) else { return value }
            guard result.isFinite else {
                throw Failure.runtime("rounded value too large to represent")
            }
            return result
        }
        guard digits > -309 else { return value < 0 ? -0.0 : 0.0 }
        let unit = pow(10, Double(-digits))
        return (value / unit).rounded(.toNearestOrEven) * unit
    }

    /// `'%.*f' % (digits, value)` for finite values.
    static func fixed(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// `'%.*e'`.
    static func scientific(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)e", value)
    }

    /// `'%.*g'`; `alternate` keeps trailing zeros.
    static func general(_ value: Double, digits: Int, alternate: Bool) -> String {
        String(format: "%\(alternate ? "#" : "").\(digits)g", value)
    }

    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    /// `float(text)`, or nil where Python raises ValueError.
    static func parse(_ text: Text) -> Double? {
        guard let stripped = PythonInteger.written(text) else { return nil }
        let unsigned =
            stripped.hasPrefix("-") || stripped.hasPrefix("+")
            ? stripped.dropFirst() : stripped[...]
        let isNegative = stripped.hasPrefix("-")
        switch unsigned {
        case "inf", "infinity": return isNegative ? -Double.infinity : Double.infinity
        case "nan": return Double.nan
        default: break
        }
        let digits = Array(unsigned.utf8)
        func isDigit(_ index: Int) -> Bool {
            digits.indices.contains(index) && (0x30...0x39).contains(digits[index])
        }
        for (index, byte) in digits.enumerated() {
            switch byte {
            case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "+"),
                UInt8(ascii: "-"):
                continue
            case UInt8(ascii: "_") where isDigit(index - 1) && isDigit(index + 1): continue
            default: return nil
            }
        }
        var plain = unsigned.filter { $0 != "_" }
        if plain.hasPrefix(".") { plain = "0" + plain }
        plain = plain.replacing(".e", with: ".0e")
        if plain.hasSuffix(".") { plain += "0" }
        guard plain.first?.isNumber == true, let value = Double(plain) else { return nil }
        return isNegative ? -value : value
    }
}

/// Integers as Python reads them.
enum PythonInteger {
    /// The text without blanks around it, in lower case, with the digits of all scripts as 0 to 9;
    /// nil where another character is not ASCII.
    static func written(_ text: Text) -> String? {
        // As many digits as Python converts.
        guard text.bytes.count <= 4300 else { return nil }
        var result = ""
        for scalar in text.stripped(.both).lowercased.string.unicodeScalars {
            let properties = scalar.properties
            if properties.numericType == .decimal, let value = properties.numericValue {
                result += String(Int(value))
            } else if scalar.isASCII {
                result.unicodeScalars.append(scalar)
            } else {
                return nil
            }
        }
        return result
    }

    /// `int(text, base)`, or nil where Python raises ValueError.
    ///
    /// - Throws: `Failure` of kind limit where the number does not fit 64 bits.
    static func parse(_ text: Text, base: Int = 10) throws -> Int? {
        guard var digits = written(text)?[...] else { return nil }
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        var radix = base
        for (prefix, prefixed) in [("0x", 16), ("0o", 8), ("0b", 2)]
        where digits.hasPrefix(prefix) && (base == prefixed || base == 0) {
            radix = prefixed
            digits = digits.dropFirst(2)
            if digits.hasPrefix("_") { digits = digits.dropFirst() }
        }
        if radix == 0 {
            radix = 10
            if digits.hasPrefix("0"), digits.contains(where: { $0 != "0" && $0 != "_" }) {
                return nil
            }
        }
        guard !digits.isEmpty, !digits.hasPrefix("_"), !digits.hasSuffix("_"),
            !digits.contains("__"), (2...36).contains(radix)
        else { return nil }
        let plain = digits.filter { $0 != "_" }
        guard plain.allSatisfy({ isDigit($0, radix) }) else { return nil }
        guard let value = Int((isNegative ? "-" : "") + plain, radix: radix) else {
            throw Failure.limit("an integer does not fit 64 bits")
        }
        return value
    }

    private static func isDigit(_ character: Character, _ radix: Int) -> Bool {
        guard let ascii = character.asciiValue else { return false }
        switch ascii {
        case 0x30...0x39: return Int(ascii) - 0x30 < radix
        case 0x61...0x7A: return Int(ascii) - 0x61 + 10 < radix
        default: return false
        }
    }
}
