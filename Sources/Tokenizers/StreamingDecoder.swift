/// Decodes ids one by one, as a model gives them.
///
/// What it gives out, put together, is what decoding all ids at once gives; a character whose bytes
/// come with several tokens is given out whole.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    /// Ids that were given out last, for what comes next may depend on them, and those that wait.
    private var ids: [Int32] = []
    /// How many of the ids were given out.
    private var givenCount = 0
    /// The text of those.
    private var given = ""

    /// A decoder at the beginning of a text.
    public init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skippingSpecialTokens
    }

    /// Takes the next id.
    ///
    /// - Returns: the text that is now complete, often nothing.
    public mutating func append(_ id: Int32) -> String {
        ids.append(id)
        let text = tokenizer.decode(ids, skippingSpecialTokens: skipsSpecialTokens)
        // Half a character reads as U+FFFD.
        guard text.utf8.count > given.utf8.count, text.unicodeScalars.last != "\u{FFFD}" else {
            return ""
        }
        let new = Self.rest(of: text, behind: given)
        ids.removeFirst(givenCount)
        givenCount = ids.count
        given = tokenizer.decode(ids, skippingSpecialTokens: skipsSpecialTokens)
        return new
    }

    /// Gives out what still waits, half characters as U+FFFD, and begins anew.
    public mutating func finish() -> String {
        let text = tokenizer.decode(ids, skippingSpecialTokens: skipsSpecialTokens)
        let new = Self.rest(of: text, behind: given)
        ids = []
        givenCount = 0
        given = ""
        return new
    }

    /// What a text has behind the scalars that it shares with another one.
    private static func rest(of text: String, behind given: String) -> String {
        var rest = text.unicodeScalars[...]
        for scalar in given.unicodeScalars {
            guard rest.first == scalar else { break }
            rest.removeFirst()
        }
        return String(rest)
    }
}
