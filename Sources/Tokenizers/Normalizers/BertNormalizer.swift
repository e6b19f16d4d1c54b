/// BERT's cleaning: control characters, blanks, Chinese characters, accents, case.
struct BertNormalizer: Normalizer {
    private let steps: [any Normalizer]

    /// Reads a `normalizer` section of type BertNormalizer.
    init(_ section: FileSection) throws {
        let lowercases = try section.bool("lowercase")
        var steps: [any Normalizer] = []
        if try section.bool("clean_text") { steps.append(CleanText()) }
        if try section.bool("handle_chinese_chars") { steps.append(SpaceChinese()) }
        if try section.bool("strip_accents", default: lowercases) {
            steps.append(UnicodeFormNormalizer(form: .nfd))
            steps.append(StripNonspacingMarks())
        }
        if lowercases { steps.append(LowercaseNormalizer()) }
        self.steps = steps
    }

    func apply(to text: inout NormalizedText) {
        for step in steps { step.apply(to: &text) }
    }

    private struct CleanText: CharacterNormalizer {
        func write(
            _ scalar: UInt32,
            _ bytes: UnsafeBufferPointer<UInt8>,
            to result: inout [UInt8]
        ) {
            switch scalar {
            case 0, 0xFFFD: break
            case 0x09, 0x0A, 0x0D: result.append(0x20)
            default:
                if CharacterTests.isBertControl(scalar) { return }
                if scalar.isWhitespaceScalar {
                    result.append(0x20)
                } else {
                    result.append(contentsOf: bytes)
                }
            }
        }
    }

    private struct SpaceChinese: CharacterNormalizer {
        func write(
            _ scalar: UInt32,
            _ bytes: UnsafeBufferPointer<UInt8>,
            to result: inout [UInt8]
        ) {
            switch scalar {
            case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
                0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
                result.append(0x20)
                result.append(contentsOf: bytes)
                result.append(0x20)
            default: result.append(contentsOf: bytes)
            }
        }
    }

    private struct StripNonspacingMarks: CharacterNormalizer {
        func write(
            _ scalar: UInt32,
            _ bytes: UnsafeBufferPointer<UInt8>,
            to result: inout [UInt8]
        ) {
            if !CharacterTests.isNonspacingMark(scalar) { result.append(contentsOf: bytes) }
        }
    }
}
