/// A chat template: Jinja as Hugging Face transformers uses it.
///
/// It renders what `apply_chat_template` of transformers 5.23 with jinja2 3.1.6 renders, byte for
/// byte: `trim_blocks` and `lstrip_blocks` on, loop controls, `{% generation %}`, and the globals,
/// filters and tests that transformers gives to templates, in the sandbox it uses. Templates can
/// reach nothing but their input, and end with an error where they reach one of the
/// `TemplateLimits`.
///
/// Not supported, with an error that says so: integers beyond 64 bits, other templates (`include`,
/// `extends`, `import`), autoescaping, and the filters and globals whose output is random.
public struct ChatTemplate: Sendable {
    private let sourceText: String
    private let source: SourceText
    private let compiled: CompiledTemplate

    /// Reads a template.
    ///
    /// - Throws: `ChatTemplateError` of kind `syntax` where it is not Jinja, and of kind `limit`
    ///   where it nests too deep, which a hundred levels are.
    public init(_ source: String) throws {
        sourceText = source
        let text = SourceText(source)
        self.source = text
        compiled = try Self.reporting(text) { try CompiledTemplate(text) }
    }

    /// Renders a conversation.
    ///
    /// - Throws: `ChatTemplateError`, of kind `raised` where the template refuses the conversation.
    public func render(
        _ conversation: ChatTemplateInput,
        limits: TemplateLimits = TemplateLimits()
    ) throws -> RenderedChat {
        let interpreter = Interpreter(compiled, limits, clock: conversation.clock)
        return try Self.reporting(source, at: interpreter) {
            try render(conversation, with: interpreter)
        }
    }

    private func render(
        _ conversation: ChatTemplateInput,
        with interpreter: Interpreter
    ) throws -> RenderedChat {
        guard !conversation.messages.isEmpty else {
            throw Failure(
                kind: .input,
                message: "Cannot apply chat template to an empty conversation."
            )
        }
        var messages = MessagePreparation.prepared(conversation.messages)
        var continuation: FinalMessageContinuation?
        if conversation.continueFinalMessage {
            guard !conversation.addGenerationPrompt else {
                throw Failure(
                    kind: .input,
                    message: "continue_final_message and add_generation_prompt are not compatible"
                )
            }
            continuation = try FinalMessageContinuation(
                marking: &messages,
                templateSource: sourceText
            )
        }
        let given: [String: TemplateValue] = [
            "messages": .array(messages.map { .object($0) }),
            "tools": conversation.tools.map { .array($0) } ?? .null,
            "documents": conversation.documents.map { .array($0.map { .object($0) }) } ?? .null,
            "add_generation_prompt": .bool(conversation.addGenerationPrompt),
        ]
        if let name = given.keys.sorted().first(where: { conversation.variables[$0] != nil }) {
            throw Failure(
                kind: .input,
                message: "the extra variables have \"\(name)\", which is given anyway"
            )
        }
        var text = try interpreter.render { name, interpreter in
            if let value = given[name] ?? conversation.variables[name] {
                return try interpreter.value(of: value)
            }
            return conversation.specialTokens[name].map { .string($0) }
        }
        if let continuation { text = try continuation.cut(text, interpreter.budget) }
        let count = text.count
        let spans = interpreter.generationSpans.map {
            min($0.lowerBound, count)..<min($0.upperBound, count)
        }
        return RenderedChat(
            text: text.string,
            generationSpans: continuation == nil ? interpreter.generationSpans : spans
        )
    }

    /// Turns failures of the engine into errors with a place.
    private static func reporting<Result>(
        _ source: SourceText,
        at interpreter: Interpreter? = nil,
        _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let failure as Failure {
            guard failure.kind != .input, let offset = failure.offset ?? interpreter?.offset else {
                throw ChatTemplateError(failure.kind, failure.message)
            }
            let (line, column) = source.place(of: offset)
            throw ChatTemplateError(failure.kind, failure.message, line: line, column: column)
        }
    }
}

/// A conversation as text.
public struct RenderedChat: Sendable, Equatable {
    /// The text.
    public var text: String
    /// Where the assistant's texts lie that the template marks with `{% generation %}`, in the
    /// order in which they were made.
    ///
    /// Offsets count Unicode code points, as Python's `len` does, and not Swift's characters. A
    /// text made inside a macro has the place that transformers computes for it, which need not be
    /// where it comes out.
    public var generationSpans: [Range<Int>]

    /// A text with its spans.
    public init(text: String, generationSpans: [Range<Int>] = []) {
        self.text = text
        self.generationSpans = generationSpans
    }
}
