/// A property of Unicode scalars that a regular expression can name.
enum UnicodeProperty: Sendable, Equatable {
    /// General categories, by bit.
    case categories(UInt32)
    case word
    case whiteSpace
    case alphabetic
    case uppercase
    case lowercase
    case ideographic
    case emoji
    case ascii
    case any
    case hexDigit
    case blank
    case graphic
    case printable
    /// A script, as its place in `UnicodeScript.names`.
    case script(Int)

    func contains(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch self {
        case .categories(let bits): return bits & Self.bit(of: scalar) != 0
        case .word: return CharacterTests.isWord(value)
        case .whiteSpace: return value.isWhitespaceScalar
        case .alphabetic: return scalar.properties.isAlphabetic
        case .uppercase: return scalar.properties.isUppercase
        case .lowercase: return scalar.properties.isLowercase
        case .ideographic: return scalar.properties.isIdeographic
        case .emoji: return scalar.properties.isEmoji
        case .ascii: return scalar.isASCII
        case .any: return true
        case .hexDigit: return scalar.properties.isASCIIHexDigit
        case .blank: return value == 0x09 || scalar.properties.generalCategory == .spaceSeparator
        case .graphic:
            return !value.isWhitespaceScalar
                && Self.bit(of: scalar)
                    & (Self.bits["cc", default: 0]
                        | Self.bits["cn", default: 0] | Self.bits["cs", default: 0]) == 0
        case .printable:
            return Self.graphic.contains(value)
                || scalar.properties.generalCategory == .spaceSeparator
        case .script(let index): return UnicodeScript.index(of: value) == index
        }
    }

    /// The property of a name as in `\p{…}`: case, blanks, hyphens and underscores do not count.
    init?(named name: String) {
        let name = String(name.lowercased().filter { !" -_".contains($0) })
        if let bits = Self.bits[name] {
            self = .categories(bits)
            return
        }
        switch name {
        case "word": self = .word
        case "space", "whitespace": self = .whiteSpace
        case "alpha", "alphabetic": self = .alphabetic
        case "upper", "uppercase": self = .uppercase
        case "lower", "lowercase": self = .lowercase
        case "ideographic": self = .ideographic
        case "emoji": self = .emoji
        case "ascii": self = .ascii
        case "any": self = .any
        case "xdigit", "asciihexdigit": self = .hexDigit
        case "blank": self = .blank
        case "graph": self = .graphic
        case "print": self = .printable
        default:
            let aliases = [
                "hani": "han", "hira": "hiragana", "kana": "katakana", "latn": "latin",
                "cyrl": "cyrillic", "grek": "greek", "arab": "arabic", "hebr": "hebrew",
                "hang": "hangul", "zyyy": "common", "zinh": "inherited", "qaai": "inherited",
            ]
            let full = aliases[name] ?? name
            guard let index = UnicodeScript.names.firstIndex(of: full) else { return nil }
            self = .script(index)
        }
    }

    /// The bits of general categories and of their groups, by their names in lower case.
    private static let bits: [String: UInt32] = {
        var bits: [String: UInt32] = [:]
        for (index, names) in categoryNames.enumerated() {
            for name in names.split(separator: " ") { bits[String(name)] = 1 << UInt32(index) }
        }
        for (group, members) in categoryGroups {
            let union = members.split(separator: " ").reduce(UInt32(0)) {
                $0 | bits[String($1), default: 0]
            }
            for name in group.split(separator: " ") { bits[String(name)] = union }
        }
        return bits
    }()

    /// In the order of `bit(of:)`.
    private static let categoryNames = [
        "lu uppercaseletter", "ll lowercaseletter", "lt titlecaseletter", "lm modifierletter",
        "lo otherletter", "mn nonspacingmark", "mc spacingmark", "me enclosingmark",
        "nd decimalnumber digit", "nl letternumber", "no othernumber", "pc connectorpunctuation",
        "pd dashpunctuation", "ps openpunctuation", "pe closepunctuation", "pi initialpunctuation",
        "pf finalpunctuation", "po otherpunctuation", "sm mathsymbol", "sc currencysymbol",
        "sk modifiersymbol", "so othersymbol", "zs spaceseparator", "zl lineseparator",
        "zp paragraphseparator", "cc control cntrl", "cf format", "cs surrogate", "co privateuse",
        "cn unassigned",
    ]

    private static let categoryGroups = [
        ("l letter", "lu ll lt lm lo"), ("lc casedletter", "lu ll lt"),
        ("m mark combiningmark", "mn mc me"), ("n number", "nd nl no"),
        ("p punctuation punct", "pc pd ps pe pi pf po"), ("s symbol", "sm sc sk so"),
        ("z separator", "zs zl zp"), ("c other", "cc cf cs co cn"),
    ]

    private static func bit(of scalar: Unicode.Scalar) -> UInt32 {
        let index: UInt32 =
            switch scalar.properties.generalCategory {
            case .uppercaseLetter: 0
            case .lowercaseLetter: 1
            case .titlecaseLetter: 2
            case .modifierLetter: 3
            case .otherLetter: 4
            case .nonspacingMark: 5
            case .spacingMark: 6
            case .enclosingMark: 7
            case .decimalNumber: 8
            case .letterNumber: 9
            case .otherNumber: 10
            case .connectorPunctuation: 11
            case .dashPunctuation: 12
            case .openPunctuation: 13
            case .closePunctuation: 14
            case .initialPunctuation: 15
            case .finalPunctuation: 16
            case .otherPunctuation: 17
            case .mathSymbol: 18
            case .currencySymbol: 19
            case .modifierSymbol: 20
            case .otherSymbol: 21
            case .spaceSeparator: 22
            case .lineSeparator: 23
            case .paragraphSeparator: 24
            case .control: 25
            case .format: 26
            case .surrogate: 27
            case .privateUse: 28
            case .unassigned: 29
            @unknown default: 29
            }
        return 1 << index
    }
}
