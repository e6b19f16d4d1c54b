enum Normalizers {
    static let names = [
        "BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt",
        "Precompiled", "Prepend", "Replace", "Sequence", "Strip", "StripAccents",
    ]

    /// The normalizer of a section of the file.
    static func load(_ section: FileSection) throws -> any Normalizer {
        let type = try section.string("type")
        switch type {
        case "Sequence":
            return NormalizerSequence(
                steps: try section.elements("normalizers").map { try load($0) }
            )
        case "Prepend":
            return PrependNormalizer(prefix: Array(try section.string("prepend").utf8))
        case "Replace":
            return ReplaceNormalizer(
                pattern: try TextPattern(section.requiredSection("pattern")),
                content: Array(try section.string("content").utf8)
            )
        case "NFC", "NFD", "NFKC", "NFKD":
            return UnicodeFormNormalizer(form: UnicodeFormNormalizer.Form(rawValue: type) ?? .nfc)
        case "Lowercase": return LowercaseNormalizer()
        case "Strip":
            return StripNormalizer(
                stripsLeft: try section.bool("strip_left"),
                stripsRight: try section.bool("strip_right")
            )
        case "StripAccents": return StripAccentsNormalizer()
        case "Nmt": return NmtNormalizer()
        case "BertNormalizer": return try BertNormalizer(section)
        case "Precompiled": return try PrecompiledNormalizer(section)
        case "ByteLevel": return ByteLevelNormalizer()
        default:
            let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw section.error(at: "type", "\"\(type)\" is not one of \(names)")
        }
    }
}
