import ChatTemplates
import Foundation
import LanguageModels
import PreferenceData
import TextGeneration
import Tokenizers

/// A model that continues text and answers messages, with all that lies in its folder.
struct AnsweringModel {
    let folder: URL
    let generator: TextGenerator

    private let tokenizer: Tokenizer
    private let template: Result<ChatTemplate, any Error>

    /// - Parameter behaviour: whose word about the tokenizer holds.
    init(
        _ folder: URL,
        _ settings: GenerationSettings,
        behaviour: TokenizerBehaviour,
        _ compute: ComputeOptions
    ) throws {
        self.folder = folder
        let source = try ModelFolder.open(folder)
        tokenizer = try Tokenizer(folder: folder, behaviour: behaviour)
        // Text needs no template; where messages come and there is none, that is an error.
        template = Result { try ChatTemplate(folder: folder) }
        generator = try TextGenerator(
            model: source.load(
                .init(dtype: compute.dtype, device: compute.device, isTrained: false)
            ),
            tokenizer: tokenizer,
            settings: settings
        )
    }

    /// The special tokens that the chat template sees.
    var templateTokens: [String: String] { tokenizer.templateTokens }

    /// Refuses a folder without a chat template.
    func requireTemplate() throws { _ = try template.get() }

    /// A text to continue.
    func prompt(_ text: String) -> GenerationPrompt {
        GenerationPrompt(tokens: tokenizer.encode(text))
    }

    /// A conversation to answer.
    func prompt(_ conversation: ChatTemplateInput) throws -> GenerationPrompt {
        let text = try template.get().render(conversation).text
        return GenerationPrompt(
            tokens: tokenizer.encode(text, addingSpecialTokens: false),
            continuesText: false
        )
    }
}

extension ChatTemplateInput {
    /// A conversation whose next message is the assistant's.
    init(_ messages: [TemplateObject], specialTokens: [String: String]) {
        self.init(messages: messages, addGenerationPrompt: true, specialTokens: specialTokens)
    }
}

extension TemplateObject {
    /// A message.
    static func message(_ role: String, _ content: String) -> TemplateObject {
        ["role": .string(role), "content": .string(content)]
    }
}
