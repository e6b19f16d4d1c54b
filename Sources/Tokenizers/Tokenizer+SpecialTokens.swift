extension Tokenizer {
    /// The texts of the special tokens, such as one that ends a turn, in the order of their ids.
    ///
    /// Where such a text stands in a text that is encoded, it becomes that token.
    public var specialTokens: [String] {
        let added = pipeline.added
        return added.specialIDs.sorted().compactMap { id in
            added.tokens[id].map { String(decoding: $0.content, as: UTF8.self) }
        }
    }
}
