/// A preference with what was done to get it.
struct PreparedRow: Sendable {
    enum Origin { case explicitPrompt, implicitPrompt, tokens }

    var preference: Preference
    var origin: Origin
    /// Answers to which the text that ends an answer was appended.
    var endOfTextAppended: Int
    /// Answers without an end.
    var endOfTextMissing: Int
    /// Tokens of the prompt alone that are not in the prompt's part of the sequences.
    var boundaryShift: Int
    /// Tokens cut off each sequence.
    var cutTokens: [Int]
    var modelRows: Int
    var modelRowsWithoutSharing: Int
}
