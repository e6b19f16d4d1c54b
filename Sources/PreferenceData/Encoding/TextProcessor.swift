public import ChatTemplates
public import Foundation
import OrderedJSON
public import Tokenizers

/// What makes tokens of text for one model: its tokenizer and, for conversations, its chat
/// template.
public struct TextProcessor: Sendable {
    /// The tokenizer.
    public var encoder: any TextEncoder
    /// The chat template; where there is none, why.
    private let template: Result<ChatTemplate, TemplateMissing>
    /// The special tokens that chat templates see, by name.
    private let specialTokens: [String: String]
    /// What tells it from others: two with the same fingerprint make the same tokens.
    ///
    /// Nil where that is not known; what it prepares is then never kept.
    public let fingerprint: String?

    /// Why conversations cannot be rendered.
    private struct TemplateMissing: Error { var problem: String? }

    /// - Parameters:
    ///   - encoder: the model's tokenizer.
    ///   - template: the model's chat template; nil where there are no conversations.
    ///   - specialTokens: the special tokens that the template sees, such as `bos_token`.
    ///   - fingerprint: what tells all of it from others.
    public init(
        _ encoder: any TextEncoder,
        template: ChatTemplate? = nil,
        specialTokens: [String: String] = [:],
        fingerprint: String? = nil
    ) {
        self.fingerprint = fingerprint
        self.encoder = encoder
        self.template = template.map { .success($0) } ?? .failure(TemplateMissing())
        self.specialTokens = specialTokens
    }

    /// Reads the tokenizer of a model's folder, and its chat template.
    ///
    /// A folder's template that is missing or cannot be read is an error only when a conversation
    /// comes.
    ///
    /// - Parameter chatTemplate: a template to use in place of the folder's.
    /// - Throws: `FileError`, `JSONFileError` or `TokenizerError`; for `chatTemplate` also
    ///   `ChatTemplateError`.
    public init(
        folder: URL,
        behaviour: TokenizerBehaviour = .file,
        chatTemplate: URL? = nil
    ) throws {
        let tokenizer = try Tokenizer(folder: folder, behaviour: behaviour)
        encoder = tokenizer
        specialTokens = tokenizer.templateTokens
        fingerprint = try Self.fingerprint(folder, behaviour, chatTemplate)
        if let chatTemplate {
            template = .success(try ChatTemplate(file: chatTemplate))
            return
        }
        do {
            template = .success(try ChatTemplate(folder: folder))
        } catch is ChatTemplateFolderError {
            template = .failure(TemplateMissing())
        } catch {
            template = .failure(TemplateMissing(problem: "\(error)"))
        }
    }

    /// The text of a conversation.
    ///
    /// - Throws: `templateMissing`, `templateRefused`.
    package func render(
        _ messages: [ChatMessage],
        of example: PreferenceExample,
        beginningAnswer: Bool
    ) throws(DataError.Reason) -> RenderedChat {
        let input = ChatTemplateInput(
            messages: messages.map { TemplateObject($0.members) },
            tools: example.tools?.map { TemplateValue($0) },
            variables: TemplateObject(example.templateVariables),
            addGenerationPrompt: beginningAnswer,
            specialTokens: specialTokens
        )
        do {
            return try template.get().render(input)
        } catch let error as TemplateMissing {
            throw .templateMissing(problem: error.problem)
        } catch let error as ChatTemplateError where error.kind == .raised {
            throw .templateRefused(message: error.message)
        } catch {
            throw .templateRefused(message: "\(error)")
        }
    }
}

extension Tokenizer {
    /// The special tokens that chat templates see, by the names that configurations give them.
    package var templateTokens: [String: String] {
        var tokens: [String: String] = [:]
        tokens["bos_token"] = beginningOfText
        tokens["eos_token"] = endOfText
        tokens["pad_token"] = paddingToken
        tokens["unk_token"] = unknownToken
        return tokens
    }
}
