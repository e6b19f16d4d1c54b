/// Tests of single characters by their Unicode properties.
///
/// The parts of the Rust library know different versions of Unicode: characters that are newer than
/// what a part knows are unassigned to it, and so they are here.
enum CharacterTests {
    /// `\w` as Rust's regex has it: what is alphabetic, marks, digits, connectors, joiners.
    static func isWord(_ value: UInt32) -> Bool {
        if value < 0x80 {
            let kind = ScalarClass.asciiClass(UInt8(truncatingIfNeeded: value))
            return kind == .letter || kind == .number || value == 0x5F
        }
        guard let scalar = Unicode.Scalar(value), isKnown(scalar, since: 16) else { return false }
        let properties = scalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .decimalNumber, .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation:
            return true
        default:
            return false
        }
    }

    /// A number by its category.
    static func isNumeric(_ value: UInt32) -> Bool {
        if value < 0x80 { return 0x30...0x39 ~= value }
        switch Unicode.Scalar(value)?.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: return true
        default: return false
        }
    }

    /// Whether a character was assigned in a version of Unicode.
    static func isKnown(_ scalar: Unicode.Scalar, since version: Int) -> Bool {
        guard let age = scalar.properties.age else { return false }
        return age.major <= version
    }

    /// Punctuation by its category, and every ASCII character that is printed and no letter, digit
    /// or blank.
    static func isPunctuation(_ value: UInt32) -> Bool {
        if value < 0x80 {
            switch value {
            case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
            default: return false
            }
        }
        // Two that later versions count otherwise.
        if value == 0x166D || value == 0x111C9 { return true }
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return isKnown(scalar, since: 8)
        default:
            return false
        }
    }

    static func isCombiningMark(_ value: UInt32) -> Bool {
        // Three that later versions count otherwise.
        if value == 0x1CF2 || value == 0x1CF3 { return true }
        if value == 0x111C9 { return false }
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return isKnown(scalar, since: 9)
        default: return false
        }
    }

    static func isNonspacingMark(_ value: UInt32) -> Bool {
        switch value {
        // Those that later versions count otherwise.
        case 0x1734: return true
        case 0x1885, 0x1886, 0xA9BD, 0x111C9, 0x1171E: return false
        default: break
        }
        guard let scalar = Unicode.Scalar(value) else { return false }
        return scalar.properties.generalCategory == .nonspacingMark && isKnown(scalar, since: 8)
    }

    /// What BERT's cleaning removes.
    static func isBertControl(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch scalar.properties.generalCategory {
        case .control, .privateUse: return true
        case .format: return isKnown(scalar, since: 8)
        default: return false
        }
    }
}
