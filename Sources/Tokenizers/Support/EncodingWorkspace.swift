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

    /// Appends the ids of a word: those of the cache, or those that the body appends.
    @inline(__always)
    mutating func encodeCaching(
        _ word: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>, inout EncodingWorkspace) -> Void
    ) {
        guard word.count <= WordCache.longestWord else { return body(word, &self) }
        let hash = ByteHash.hash(word)
        if cache.append(word, hash: hash, to: &ids) { return }
        let start = ids.count
        body(word, &self)
        cache.insert(word, hash: hash, ids: ids[start...])
    }

    private var text: PreTokenizedText?

    /// The text to cut, taken out while the model writes into the rest.
    mutating func takeText() -> PreTokenizedText {
        defer { text = nil }
        return text ?? PreTokenizedText()
    }

    mutating func keep(_ text: PreTokenizedText) { self.text = text }
}
