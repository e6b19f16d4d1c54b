import Foundation

/// Writes characters that are one and the same in one way: Unicode's normalization forms.
struct UnicodeFormNormalizer: Normalizer {
    enum Form: String, Sendable {
        case nfc = "NFC"
        case nfd = "NFD"
        case nfkc = "NFKC"
        case nfkd = "NFKD"
    }

    let form: Form

    var keepsASCII: Bool { true }

    func apply(to text: inout NormalizedText) {
        if form == .nfc, text.bytes.withUnsafeBufferPointer({ Self.isSurelyComposed($0) }) {
            return
        }
        let string = String(decoding: text.bytes, as: UTF8.self)
        text.bytes = Array(mapped(string).utf8)
    }

    private func mapped(_ string: String) -> String {
        switch form {
        case .nfc: string.precomposedStringWithCanonicalMapping
        case .nfd: string.decomposedStringWithCanonicalMapping
        // In one step Foundation leaves what its compatibility mapping takes apart uncomposed.
        case .nfkc:
            string.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
        case .nfkd: string.decomposedStringWithCompatibilityMapping
        }
    }

    /// Whether a text has only scalars that no composition concerns: those of most languages.
    private static func isSurelyComposed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            if bytes[index] < 0x80 {
                index &+= 1
                continue
            }
            switch UTF8Scanner.scalar(bytes, at: &index) {
            case 0...0x2FF, 0x388...0x3FF, 0x400...0x482, 0x48A...0x52F, 0x2010...0x2027,
                0x2030...0x205E, 0x3000...0x3029, 0x3041...0x3096, 0x30A1...0x30FA,
                0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFF01...0xFF60,
                0x1F300...0x1FAFF:
                continue
            default:
                return false
            }
        }
        return true
    }
}
