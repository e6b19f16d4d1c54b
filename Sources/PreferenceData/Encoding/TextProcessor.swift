/// What makes tokens of text for one model: its tokenizer and, for conversations, its chat
/// template.
public struct TextProcessor: Sendable {
    /// The tokenizer.
    public let encoder: any TextEncoder

    /// - Parameter encoder: the model's tokenizer.
    public init(_ encoder: any TextEncoder) { self.encoder = encoder }
}
