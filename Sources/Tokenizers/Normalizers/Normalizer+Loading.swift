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
        default:
            let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw section.error(at: "type", "\"\(type)\" is not one of \(names)")
        }
    }
}
