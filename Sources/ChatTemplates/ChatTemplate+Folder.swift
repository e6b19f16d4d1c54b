public import Files
public import Foundation
import OrderedJSON

extension ChatTemplate {
    /// Reads the chat template of a model's folder: `chat_template.jinja`, otherwise
    /// `chat_template` in `tokenizer_config.json`.
    ///
    /// Where the configuration has several templates by name, the one named "default" is taken.
    ///
    /// - Throws: `ChatTemplateFolderError` where there is none, `ChatTemplateError` where it is not
    ///   a template, `FileError` or `JSONFileError` where a file cannot be read.
    public init(folder: URL) throws {
        let file = folder.appending(path: "chat_template.jinja")
        if FileManager.default.fileExists(atPath: file.path) {
            try self.init(file: file)
            return
        }
        let configuration = try JSONValue(
            contentsOf: folder.appending(path: "tokenizer_config.json")
        )
        let found = configuration["chat_template"]
        let named = found?.array?.first { $0["name"]?.string == "default" }
        guard let source = found?.string ?? named?["template"]?.string else {
            throw ChatTemplateFolderError(path: folder.path)
        }
        try self.init(source)
    }

    /// Reads a chat template from a file.
    public init(file: URL) throws {
        let bytes = try withExtendedLifetime(MappedFile(file)) { Array($0.bytes) }
        guard let source = String(validating: bytes, as: UTF8.self) else {
            throw FileError("read", file.path, reason: "it is not UTF-8")
        }
        try self.init(source)
    }
}

/// A model's folder without a chat template.
public struct ChatTemplateFolderError: InputError, Equatable {
    /// The folder's path.
    public let path: String

    /// The error as one line.
    public var description: String {
        "\(path): there is no chat template, neither chat_template.jinja nor \"chat_template\" in "
            + "tokenizer_config.json"
    }
}
