/// What kind of character a Unicode scalar is, in the terms that splitting patterns use.
enum ScalarClass: UInt8, Sendable {
    case other
    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `\s`
    case space

    @inline(__always)
    static func of(_ scalar: UInt32) -> ScalarClass {
        scalar < 0x80 ? asciiClass(UInt8(truncatingIfNeeded: scalar)) : slowClass(scalar)
    }

    /// The class of an ASCII character, by comparing: cheaper than a table in the cache's way.
    @inline(__always)
    static func asciiClass(_ byte: UInt8) -> ScalarClass {
        if (byte | 0x20) &- 0x61 < 26 { return .letter }
        if byte &- 0x30 < 10 { return .number }
        if byte == 0x20 || byte &- 0x09 < 5 { return .space }
        return .other
    }

    private static func slowClass(_ value: UInt32) -> ScalarClass {
        guard let scalar = Unicode.Scalar(value) else { return .other }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return isKnown(scalar) ? .letter : .other
        case .decimalNumber, .letterNumber, .otherNumber:
            return isKnown(scalar) ? .number : .other
        default:
            return scalar.properties.isWhitespace ? .space : .other
        }
    }

    /// Whether Unicode 16 has it, which is what the engine of the reference knows.
    ///
    /// Nothing new came into the large old blocks.
    static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x88F, 0x3000...0xA7CD, 0xAC00...0xD7A3, 0xFF00...0xFFEF: true
        default: CharacterTests.isKnown(scalar, since: 16)
        }
    }
}

extension UInt32 {
    /// Whether this scalar has Unicode's property White_Space.
    var isWhitespaceScalar: Bool {
        self < 0x80
            ? self == 0x20 || (0x09...0x0D).contains(self)
            : Unicode.Scalar(self)?.properties.isWhitespace ?? false
    }
}
