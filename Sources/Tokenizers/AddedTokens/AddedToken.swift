/// A token that is found in the text itself, before the model sees it.
struct AddedToken: Sendable, Equatable {
    /// UTF-8: two spellings of one character are two tokens.
    var content: [UInt8]
    /// Only found where no word character stands beside it.
    var isSingleWord = false
    /// Takes the blanks before it.
    var stripsLeft = false
    /// Takes the blanks behind it.
    var stripsRight = false
    /// Looked for in the normalized text, in its normalized form.
    var isNormalized = false
    /// Left out by decoding where special tokens are skipped.
    var isSpecial = false
}

extension AddedToken {
    /// One of the `added_tokens` of tokenizer.json.
    init(_ section: FileSection) throws {
        content = Array(try section.string("content").utf8)
        isSingleWord = try section.bool("single_word")
        stripsLeft = try section.bool("lstrip")
        stripsRight = try section.bool("rstrip")
        isNormalized = try section.bool("normalized")
        isSpecial = try section.bool("special")
    }
}
