public import Foundation

/// A conversation and all else that a chat template is rendered with.
public struct ChatTemplateInput: Sendable {
    /// The messages: objects with `role`, `content` and whatever else the template knows.
    public var messages: [TemplateObject]
    /// The tools as JSON schemas, or nil, which templates see as None.
    public var tools: [TemplateValue]?
    /// The documents for retrieval, or nil, which templates see as None.
    public var documents: [TemplateObject]?
    /// Further variables, such as `enable_thinking`.
    ///
    /// They go before special tokens.
    public var variables: TemplateObject
    /// Whether the text ends with the beginning of an answer by the assistant.
    public var addGenerationPrompt: Bool
    /// Whether the text ends inside the last message, so that a model can go on with it.
    ///
    /// It cannot be combined with `addGenerationPrompt`.
    public var continueFinalMessage: Bool
    /// The tokenizer's special tokens by name, such as `bos_token`.
    ///
    /// Those that it does not have are left out: templates see them as undefined.
    public var specialTokens: [String: String]
    /// What `strftime_now` takes for now.
    public var clock: @Sendable () -> TemplateDate

    /// A conversation; all but the messages has a default.
    public init(
        messages: [TemplateObject],
        tools: [TemplateValue]? = nil,
        documents: [TemplateObject]? = nil,
        variables: TemplateObject = [:],
        addGenerationPrompt: Bool = false,
        continueFinalMessage: Bool = false,
        specialTokens: [String: String] = [:],
        clock: @escaping @Sendable () -> TemplateDate = { TemplateDate(Date()) }
    ) {
        self.messages = messages
        self.tools = tools
        self.documents = documents
        self.variables = variables
        self.addGenerationPrompt = addGenerationPrompt
        self.continueFinalMessage = continueFinalMessage
        self.specialTokens = specialTokens
        self.clock = clock
    }
}
