/// What turns text into token ids: a model's tokenizer.
///
/// Rows are prepared on several threads at once, so an encoder is called from any of them.
public protocol TextEncoder: Sendable {
    /// The token ids of a text.
    ///
    /// - Parameter addingSpecialTokens: adds what the tokenizer puts around a text, such as a
    ///   token for its beginning.
    func encode(_ text: String, addingSpecialTokens: Bool) -> [Int32]

    /// The text of the token that ends an answer, or nil where none is known.
    var endOfText: String? { get }

    /// How many token ids there are: each is below this number.
    var vocabularySize: Int { get }
}
