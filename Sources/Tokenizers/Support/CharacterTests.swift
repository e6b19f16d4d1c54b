/// Tests of single characters by their Unicode properties.
enum CharacterTests {
    /// `\w`: letters and what counts as such, marks, digits, connectors, joiners.
    static func isWord(_ value: UInt32) -> Bool {
        if value < 0x80 {
            let kind = ScalarClass.asciiClass(UInt8(truncatingIfNeeded: value))
            return kind == .letter || kind == .number || value == 0x5F
        }
        guard let scalar = Unicode.Scalar(value) else { return false }
        let properties = scalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .decimalNumber, .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation:
            return true
        default:
            return false
        }
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
        switch Unicode.Scalar(value)?.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return true
        default:
            return false
        }
    }

    static func isCombiningMark(_ value: UInt32) -> Bool {
        switch Unicode.Scalar(value)?.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    static func isNonspacingMark(_ value: UInt32) -> Bool {
        Unicode.Scalar(value)?.properties.generalCategory == .nonspacingMark
    }

    /// What BERT's cleaning removes.
    static func isBertControl(_ value: UInt32) -> Bool {
        switch Unicode.Scalar(value)?.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse: true
        default: false
        }
    }
}
