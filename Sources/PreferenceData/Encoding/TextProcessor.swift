/// What makes tokens of text for one model: its tokenizer and, for conversations, its chat
/// template.
public struct TextProcessor: Sendable {
    /// The tokenizer.
    public let encoder: any TextEncoder

    /// What tells it from others: two with the same fingerprint make the same tokens.
    ///
    /// Nil where that is not known; what it prepares is then never kept.
    public let fingerprint: String?

    /// - Parameters:
    ///   - encoder: the model's tokenizer.
    ///   - fingerprint: what tells it from others, see `fingerprint(folder:behaviour:)`.
    public init(_ encoder: any TextEncoder, fingerprint: String? = nil) {
        self.encoder = encoder
        self.fingerprint = fingerprint
    }
}
