enum PreTokenizers {
    static let names = [
        "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "FixedLength", "Metaspace",
        "Punctuation", "Sequence", "Split", "UnicodeScripts", "Whitespace", "WhitespaceSplit",
    ]

    /// The pre-tokenizer of a section of the file.
    static func load(_ section: FileSection) throws -> any PreTokenizer {
        let type = try section.string("type")
        switch type {
        case "Sequence":
            return PreTokenizerSequence(
                steps: try section.elements("pretokenizers").map { try load($0) }
            )
        case "ByteLevel":
            _ = try section.bool("trim_offsets")
            return ByteLevelPreTokenizer(
                addsPrefixSpace: try section.bool("add_prefix_space"),
                cuts: try section.bool("use_regex", default: true)
            )
        case "Metaspace":
            let options = try MetaspaceOptions(section)
            return MetaspacePreTokenizer(
                replacement: options.replacement,
                prependScheme: options.prependScheme,
                cuts: options.cuts
            )
        case "Split":
            return SplitPreTokenizer(
                pattern: try TextPattern(section.requiredSection("pattern")),
                behavior: try SplitBehavior(section.requiredSection("behavior")),
                isInverted: try section.bool("invert")
            )
        case "Digits":
            let isIndividual = try section.bool("individual_digits")
            return SplitPreTokenizer(
                pattern: .scalars { ScalarClass.of($0) == .number },
                behavior: isIndividual ? .isolated : .contiguous
            )
        case "WhitespaceSplit":
            return SplitPreTokenizer(
                pattern: .scalars { $0.isWhitespaceScalar },
                behavior: .removed
            )
        case "Whitespace":
            return WhitespacePreTokenizer()
        case "Punctuation":
            return SplitPreTokenizer(
                pattern: .scalars { CharacterTests.isPunctuation($0) },
                behavior: try section.section("behavior").map { try SplitBehavior($0) }
                    ?? .isolated
            )
        case "BertPreTokenizer":
            return PreTokenizerSequence(steps: [
                SplitPreTokenizer(
                    pattern: .scalars { $0.isWhitespaceScalar },
                    behavior: .removed
                ),
                SplitPreTokenizer(
                    pattern: .scalars { CharacterTests.isPunctuation($0) },
                    behavior: .isolated
                ),
            ])
        case "CharDelimiterSplit":
            let delimiter = try section.scalar("delimiter").value
            return SplitPreTokenizer(pattern: .scalars { $0 == delimiter }, behavior: .removed)
        case "UnicodeScripts":
            return UnicodeScriptsPreTokenizer()
        case "FixedLength":
            let length = try section.section("length")
            let count = try length?.count() ?? 5
            guard count > 0 else { throw section.error(at: "length", "0 is no length") }
            return FixedLengthPreTokenizer(length: count)
        default:
            let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw section.error(at: "type", "\"\(type)\" is not one of \(names)")
        }
    }
}

/// The options of Metaspace, which is a pre-tokenizer and a decoder.
struct MetaspaceOptions {
    let replacement: [UInt8]
    let prependScheme: MetaspacePreTokenizer.PrependScheme
    let cuts: Bool

    init(_ section: FileSection) throws {
        replacement = Array(String(try section.scalar("replacement")).utf8)
        cuts = try section.bool("split", default: true)
        var scheme = MetaspacePreTokenizer.PrependScheme.always
        if let name = try section.optionalString("prepend_scheme") {
            guard let known = MetaspacePreTokenizer.PrependScheme(rawValue: name) else {
                throw section.error(
                    at: "prepend_scheme",
                    "\"\(name)\" is not one of \"first\", \"never\", \"always\""
                )
            }
            scheme = known
            // The older key must not say the opposite.
            if try section.section("add_prefix_space")?.bool() == false, scheme != .never {
                throw section.error(
                    at: "add_prefix_space",
                    "false contradicts prepend_scheme \"\(name)\""
                )
            }
        } else if try section.section("add_prefix_space")?.bool() == false {
            throw section.error(
                at: "add_prefix_space",
                "false needs prepend_scheme \"never\" beside it"
            )
        }
        prependScheme = scheme
    }
}
