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
}
