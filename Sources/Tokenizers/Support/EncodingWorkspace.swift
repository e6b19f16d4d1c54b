/// What encoding writes into as it goes, kept from one text to the next.
///
/// One encoding uses one workspace alone; the tokenizer keeps those that are not in use.
struct EncodingWorkspace: Sendable {
    /// The result.
    var ids: [Int32] = []
    /// Ids of words met before.
    var cache = WordCache()
    /// The tokens of the word at hand while the model merges them.
    var symbols = SymbolList()

    private var text: PreTokenizedText?

    /// The text to cut, taken out while the model writes into the rest.
    mutating func takeText() -> PreTokenizedText {
        defer { text = nil }
        return text ?? PreTokenizedText()
    }

    mutating func keep(_ text: PreTokenizedText) { self.text = text }
}
