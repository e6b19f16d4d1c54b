import Foundation
import OrderedJSON

/// What stands beside a `tokenizer.json`, as transformers reads it.
struct TransformersConfiguration {
    /// What `tokenizer_config.json` says, with what `special_tokens_map.json` says instead.
    private var arguments: [(key: String, section: FileSection)] = []
    /// The special tokens with a role, by its name, in transformers' order.
    private var named: [(key: String, token: AddedToken)] = []
    /// Further special tokens, without a role.
    private var extra: [AddedToken] = []
    /// The tokens that files give ids to, by id.
    private var listed: [(id: Int, token: AddedToken)] = []

    /// A file must not be able to ask for endless tokens.
    private static let mostExtraIDs = 100_000

    static let standardNames = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// - Parameters:
    ///   - file: the `tokenizer.json`.
    ///   - kind: the class, for what it does where files are silent.
    init(folder: URL, file: FileSection, kind: TransformersClass?) throws {
        func read(_ name: String) throws -> FileSection? {
            let url = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: url.path) else { return nil }
            return FileSection(path: url.path, key: "", value: try JSONValue(contentsOf: url))
        }
        let configuration = try read("tokenizer_config.json")
        for (key, section) in try configuration?.sections() ?? [] { self[key] = section }
        takeOlderName()
        var byID: [Int: AddedToken] = [:]
        if let decoder = try configuration?.section("added_tokens_decoder") {
            for (key, section) in try decoder.sections() {
                guard let id = Int(key) else { throw section.error("the key is no token id") }
                byID[id] = try TokenizerConfiguration.addedToken(section)
            }
        } else {
            // Files of older versions count only where the newer list is not there.
            for (key, section) in try read("special_tokens_map.json")?.sections() ?? [] {
                self[key] = section
            }
            takeOlderName()
            try readExtra(kind)
            try readNamed(kind)
            if let older = try read("added_tokens.json") { byID = try added(by: older) }
            for (id, token) in try Pipeline.addedTokens(of: file) { byID[Int(id)] = token }
        }
        listed = byID.map { ($0.key, $0.value) }.sorted { $0.id < $1.id }
        try readExtra(kind)
        try readNamed(kind)
    }

    private subscript(key: String) -> FileSection? {
        get { arguments.first { $0.key == key }?.section }
        set {
            if let index = arguments.firstIndex(where: { $0.key == key }) {
                if let newValue { arguments[index].section = newValue }
            } else if let newValue {
                arguments.append((key, newValue))
            }
        }
    }

    /// Whether a key is there and not null.
    func has(_ key: String) -> Bool { self[key].map { !$0.value.isNull } ?? false }

    /// A switch, or nil where it is missing or null.
    func bool(_ key: String) throws -> Bool? {
        guard let section = self[key], !section.value.isNull else { return nil }
        return try section.bool()
    }

    /// The text of the token with a role.
    func text(_ key: String) -> String? {
        named.last { $0.key == key }.map { String(decoding: $0.token.content, as: UTF8.self) }
    }

    var names: SpecialTokenNames {
        SpecialTokenNames(
            beginningOfText: text("bos_token"),
            endOfText: text("eos_token"),
            padding: text("pad_token"),
            unknown: text("unk_token")
        )
    }

    /// All added tokens.
    ///
    /// - Parameters:
    ///   - file: those of the file, which the class has before it adds any; none where it builds
    ///     the tokenizer itself.
    ///   - kind: the class, for what it does in the end.
    func addedTokens(
        to file: [AddedToken],
        kind: TransformersClass?
    ) -> [AddedToken] {
        let roles = Set(named.map(\.token.content))
        var tokens = listed.map { token in
            var token = token.token
            if roles.contains(token.content) { token.isSpecial = true }
            return token
        }
        var known = Set((file + tokens).map(\.content))
        let special = named.map(\.token) + extra
        for token in special where known.insert(token.content).inserted { tokens.append(token) }
        switch kind {
        case .qwen2:
            // Their other properties are lost.
            tokens += special.map { AddedToken(content: $0.content, isSpecial: true) }
        case .cohere:
            tokens += special.map { token in
                var token = token
                token.isSpecial = true
                return token
            }
        default: break
        }
        return file + tokens
    }

    /// The tokens of `added_tokens.json`, by id.
    private func added(by file: FileSection) throws -> [Int: AddedToken] {
        let special = Set(named.map(\.token.content) + extra.map(\.content))
        var tokens: [Int: AddedToken] = [:]
        for (key, section) in try file.sections() {
            let content = Array(key.utf8)
            let isSpecial = special.contains(content)
            tokens[Int(try section.tokenID())] = AddedToken(
                content: content,
                isNormalized: !isSpecial,
                isSpecial: isSpecial
            )
        }
        return tokens
    }

    /// The older name of a key counts where the newer one is not there.
    private mutating func takeOlderName() {
        guard self["extra_special_tokens"] == nil else { return }
        self["extra_special_tokens"] = self["additional_special_tokens"]
    }

    private mutating func readExtra(_ kind: TransformersClass?) throws {
        guard let section = self["extra_special_tokens"], !section.value.isNull else {
            guard kind == .t5 else { return }
            let count = try self["extra_ids"]?.count() ?? 100
            guard count <= Self.mostExtraIDs else {
                throw TokenizerError(
                    path: self["extra_ids"]?.path ?? "",
                    key: "extra_ids",
                    problem: "\(count) is beyond \(Self.mostExtraIDs)"
                )
            }
            extra = (0..<count).map { Self.token("<extra_id_\($0)>") }
            return
        }
        // An object names further roles.
        guard section.value.object == nil else { return }
        extra = try section.elements().map { try Self.token($0, isNamed: false) }
    }

    private mutating func readNamed(_ kind: TransformersClass?) throws {
        named = []
        for key in Self.standardNames {
            guard let section = self[key] else {
                if let text = kind?.defaultTokens[key] {
                    named.append((key, listedToken(Array(text.utf8)) ?? Self.token(text)))
                }
                continue
            }
            guard !section.value.isNull else { continue }
            let token = try Self.token(section, isNamed: true)
            named.append((key, listedToken(token.content) ?? token))
        }
        for (key, section) in arguments
        where key.hasSuffix("_token") && !Self.standardNames.contains(key) {
            guard section.value.string != nil || section.value.object != nil else { continue }
            named.append((key, try Self.token(section, isNamed: true)))
        }
        if let section = self["extra_special_tokens"], section.value.object != nil {
            for (key, section) in try section.sections() {
                named.append((key, try Self.token(section, isNamed: true)))
            }
        }
    }

    private func listedToken(_ content: [UInt8]) -> AddedToken? {
        listed.last { $0.token.content == content }?.token
    }

    private static func token(_ text: String) -> AddedToken {
        AddedToken(content: Array(text.utf8), isSpecial: true)
    }

    /// A token is written as its text, which makes it special, or as an object.
    private static func token(_ section: FileSection, isNamed: Bool) throws -> AddedToken {
        guard section.value.object != nil else { return token(try section.string()) }
        return try TokenizerConfiguration.addedToken(section, isNamed: isNamed)
    }
}

extension FileSection {
    /// The members of the object that this section is, those that are null too.
    fileprivate func sections() throws -> [(key: String, section: FileSection)] {
        guard case .object(let object) = value else {
            throw error("an object is expected, found \(value.kind)")
        }
        return object.members.map { key, value in
            let place = self.key.isEmpty ? key : "\(self.key).\(key)"
            return (key, FileSection(path: path, key: place, value: value))
        }
    }
}
