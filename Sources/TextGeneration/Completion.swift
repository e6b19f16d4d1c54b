public import Files
public import LanguageModels

/// What is to be continued.
public struct GenerationPrompt {
    /// Its tokens, at least one.
    public var tokens: [Int32]
    /// Whether the text that comes continues the prompt's text.
    ///
    /// An answer to a message begins a text of its own instead: a tokenizer may then leave out a
    /// blank before its first word.
    public var continuesText: Bool
    /// What the model already read of an earlier prompt that may begin with the same tokens.
    public var sequence: CachedSequence?

    /// A prompt.
    public init(tokens: [Int32], continuesText: Bool = true, sequence: CachedSequence? = nil) {
        self.tokens = tokens
        self.continuesText = continuesText
        self.sequence = sequence
    }
}

/// What a model gave to a prompt.
public struct Completion: Sendable, Equatable {
    /// Why it ends.
    public enum End: String, Sendable {
        /// By a token that ends answers.
        case endToken = "eos"
        /// By a text that ends answers.
        case stopString = "stop"
        /// By the limit of new tokens, or because the model has no further positions.
        case length
        /// By whoever takes the text.
        case interrupted
    }

    /// The text, without special tokens and without the text that ended it.
    public var text = ""
    /// All tokens that were chosen, also one that ended it.
    public var tokens: [Int32] = []
    /// Why it ends.
    public var end = End.length
}

/// Why nothing can be generated.
public enum GenerationError: InputError, Equatable {
    /// The model gave numbers that are none.
    case notFinite
    /// A prompt without tokens.
    case emptyPrompt(number: Int)
    /// A prompt that fills all positions of the model.
    case promptTooLong(number: Int, tokens: Int, limit: Int)

    /// The error as one line.
    public var description: String {
        switch self {
        case .notFinite:
            "the model's logits are not finite numbers; its weights may be damaged, or too large "
                + "for the compute dtype (--dtype float32 has the largest range)"
        case .emptyPrompt(let number):
            "prompt \(number) has no tokens; at least one is needed to continue from"
        case .promptTooLong(let number, let tokens, let limit):
            "prompt \(number) has \(tokens) tokens, and the model learned \(limit) positions; at "
                + "most \(limit) tokens are allowed"
        }
    }
}
