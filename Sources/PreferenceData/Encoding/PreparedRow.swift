/// A preference with what was done to get it.
struct PreparedRow: Sendable {
    enum Origin { case explicitPrompt, implicitPrompt, tokens }

    var preference: Preference
    var origin: Origin
    /// The tokens before they became sequences, cut as those are, with what was done to them.
    var encoded: EncodedExample
    /// Tokens of the prompt that each sequence still has; not in common where sequences lost
    /// different beginnings.
    var promptCounts: [Int]
    var modelRows: Int
    var modelRowsWithoutSharing: Int
}
