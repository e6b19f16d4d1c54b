enum Decoders {
    static let names = [
        "BPEDecoder", "ByteFallback", "ByteLevel", "CTC", "Fuse", "Metaspace", "Replace",
        "Sequence", "Strip", "WordPiece",
    ]

    /// The decoder of a section of the file.
    static func load(_ section: FileSection) throws -> any Decoder {
        let type = try section.string("type")
        switch type {
        case "Sequence":
            return DecoderSequence(steps: try section.elements("decoders").map { try load($0) })
        case "ByteLevel":
            _ = try section.bool("add_prefix_space")
            _ = try section.bool("trim_offsets")
            return ByteLevelDecoder()
        case "ByteFallback":
            return ByteFallbackDecoder()
        case "Fuse":
            return FuseDecoder()
        case "Strip":
            return StripDecoder(
                content: Array(String(try section.scalar("content")).utf8),
                start: try section.count("start"),
                stop: try section.count("stop")
            )
        case "Replace":
            return ReplaceDecoder(
                pattern: try TextPattern(section.requiredSection("pattern")),
                content: Array(try section.string("content").utf8)
            )
        case "Metaspace":
            let options = try MetaspaceOptions(section)
            return MetaspaceDecoder(
                replacement: options.replacement,
                removesFirst: options.prependScheme != .never
            )
        case "WordPiece":
            return WordPieceDecoder(
                prefix: Array(try section.string("prefix").utf8),
                cleansUp: try section.bool("cleanup")
            )
        case "BPEDecoder":
            return BytePairDecoder(suffix: Array(try section.string("suffix").utf8))
        case "CTC":
            return CTCDecoder(
                paddingToken: Array(try section.string("pad_token").utf8),
                wordDelimiter: Array(try section.string("word_delimiter_token").utf8),
                cleansUp: try section.bool("cleanup")
            )
        default:
            let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw section.error(at: "type", "\"\(type)\" is not one of \(names)")
        }
    }
}
