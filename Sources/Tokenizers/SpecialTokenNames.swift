import Foundation
import OrderedJSON

/// The texts of the tokens that have a role of their own.
struct SpecialTokenNames: Sendable {
    var beginningOfText: String?
    var endOfText: String?
    var padding: String?
    var unknown: String?
}

extension SpecialTokenNames {
    /// Reads them from `tokenizer_config.json`, and what is not there from
    /// `special_tokens_map.json`.
    init(folder: URL) throws {
        for name in ["tokenizer_config.json", "special_tokens_map.json"] {
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            let section = FileSection(
                path: file.path,
                key: "",
                value: try JSONValue(contentsOf: file)
            )
            beginningOfText = try beginningOfText ?? Self.text("bos_token", section)
            endOfText = try endOfText ?? Self.text("eos_token", section)
            padding = try padding ?? Self.text("pad_token", section)
            unknown = try unknown ?? Self.text("unk_token", section)
        }
    }

    /// A token is written as its text or as an object that holds it.
    private static func text(_ key: String, _ section: FileSection) throws -> String? {
        guard let token = try section.section(key) else { return nil }
        if case .object = token.value { return try token.string("content") }
        return try token.string()
    }
}
