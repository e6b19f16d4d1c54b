import Files
import Foundation
import OrderedJSON
import Tokenizers

extension TextProcessor {
    /// The files of a model's folder that decide how text becomes tokens.
    private static let fingerprintFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    ]

    /// What tells a model's tokenizer and chat template from others: a hash of their files.
    ///
    /// - Parameter chatTemplate: a template that is used in place of the folder's.
    /// - Throws: `FileError` or `JSONFileError`.
    static func fingerprint(
        _ folder: URL,
        _ behaviour: TokenizerBehaviour,
        _ chatTemplate: URL?
    ) throws -> String {
        var hash = SHA256()
        hash.update("\(behaviour.rawValue)\n")
        for name in fingerprintFiles {
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            hash.update("\(name) \(try DataKey.hash(file).hexadecimal)\n")
        }
        if let chatTemplate {
            hash.update("chat template \(try DataKey.hash(chatTemplate).hexadecimal)\n")
        }
        let configuration = folder.appending(path: "config.json")
        // The two by which transformers chooses its class; all else is the model's.
        if behaviour == .transformers, FileManager.default.fileExists(atPath: configuration.path) {
            let object = try JSONValue(contentsOf: configuration).object
            for key in ["model_type", "tokenizer_class"] {
                hash.update("\(key) \(object?[key]?.text ?? "")\n")
            }
        }
        return hash.digest().hexadecimal
    }
}
