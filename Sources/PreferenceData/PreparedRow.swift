/// A pair with what was done to get it.
struct PreparedRow: Sendable {
    enum Origin { case explicitPrompt, implicitPrompt, tokens }

    var pair: PreferencePair
    var origin: Origin
    var endOfTextAppended: Int
    var endOfTextMissing: Int
    /// Tokens of the prompt alone that are not in the prompt's part of the sequences.
    var boundaryShift: Int
    /// Tokens cut off chosen and rejected.
    var cutTokens: [Int]
    var modelRows: Int
    var modelRowsWithoutSharing: Int
}
