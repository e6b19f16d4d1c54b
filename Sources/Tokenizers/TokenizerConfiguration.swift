import Foundation
import OrderedJSON

/// What stands beside a tokenizer: `tokenizer_config.json` and `special_tokens_map.json`.
struct TokenizerConfiguration {
    /// The files that are there, the more important one first.
    private let sections: [FileSection]
    private let folder: URL

    init(folder: URL) throws {
        self.folder = folder
        sections = try ["tokenizer_config.json", "special_tokens_map.json"].compactMap {
            try Self.read($0, in: folder)
        }
    }

    private static func read(_ name: String, in folder: URL) throws -> FileSection? {
        let file = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let value = try JSONValue(contentsOf: file)
        guard case .object = value else {
            throw TokenizerError(
                path: file.path,
                problem: "an object is expected, found \(value.kind)"
            )
        }
        return FileSection(path: file.path, key: "", value: value)
    }

    func tokenizerClass() throws -> String? {
        try sections.first?.optionalString("tokenizer_class")
    }

    func bool(_ key: String) throws -> Bool? { try sections.first?.section(key)?.bool() }

    /// The texts of the tokens that have a role of their own.
    func names() throws -> SpecialTokenNames {
        SpecialTokenNames(
            beginningOfText: try text("bos_token"),
            endOfText: try text("eos_token"),
            padding: try text("pad_token"),
            unknown: try text("unk_token")
        )
    }

    /// The text of a token, from the first file that has it.
    private func text(_ key: String) throws -> String? {
        for section in sections {
            if let token = try section.section(key) { return try Self.text(token) }
        }
        return nil
    }

    /// A token is written as its text or as an object that holds it.
    private static func text(_ token: FileSection) throws -> String {
        if case .object = token.value { return try token.string("content") }
        return try token.string()
    }

    /// The tokens that the files define: those of `added_tokens_decoder` by their ids, or of
    /// `added_tokens.json` where that is not there, then those with a role that are not among them.
    func addedTokens() throws -> [(id: Int32?, token: AddedToken, section: FileSection)] {
        var tokens: [(id: Int32?, token: AddedToken, section: FileSection)] = []
        for file in sections {
            guard let decoder = try file.section("added_tokens_decoder") else { continue }
            guard case .object(let object) = decoder.value else {
                throw decoder.error("an object is expected, found \(decoder.value.kind)")
            }
            for (key, _) in object.members {
                guard let section = try decoder.section(key) else { continue }
                guard let integer = Int(key), let id = Vocabulary.id(integer) else {
                    throw section.error("the key is no token id")
                }
                tokens.append((id, try Self.addedToken(section), section))
            }
        }
        let roles = ["bos_token", "eos_token", "unk_token", "pad_token"]
        let named = try sections.flatMap { file in
            try roles.compactMap { try file.section($0) }
                + (file.section("additional_special_tokens")?.elements() ?? [])
        }.map { (content: Array(try Self.text($0).utf8), section: $0) }
        if tokens.isEmpty, let older = try Self.read("added_tokens.json", in: folder) {
            let special = Set(named.map(\.content))
            for (key, _) in older.value.object?.members ?? [] {
                guard let section = try older.section(key) else { continue }
                let content = Array(key.utf8)
                let isSpecial = special.contains(content)
                let token = AddedToken(
                    content: content,
                    isNormalized: !isSpecial,
                    isSpecial: isSpecial
                )
                tokens.append((try section.tokenID(), token, section))
            }
        }
        tokens.sort { ($0.id ?? 0) < ($1.id ?? 0) }
        var known = Set(tokens.map(\.token.content))
        for (content, section) in named where known.insert(content).inserted {
            tokens.append((nil, AddedToken(content: content, isSpecial: true), section))
        }
        return tokens
    }

    /// Here keys may be missing.
    ///
    /// - Parameter isNamed: whether the token has a role, so that it is special in any case.
    static func addedToken(
        _ section: FileSection,
        isNamed: Bool = false
    ) throws -> AddedToken {
        let isSpecial = try isNamed || section.bool("special", default: false)
        return AddedToken(
            content: Array(try section.string("content").utf8),
            isSingleWord: try section.bool("single_word", default: false),
            stripsLeft: try section.bool("lstrip", default: false),
            stripsRight: try section.bool("rstrip", default: false),
            isNormalized: try section.bool("normalized", default: !isSpecial),
            isSpecial: isSpecial
        )
    }
}
