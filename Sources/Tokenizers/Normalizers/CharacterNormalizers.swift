/// Changes or removes characters one by one.
protocol CharacterNormalizer: Normalizer {
    /// Appends what becomes of a character.
    func write(_ scalar: UInt32, _ bytes: UnsafeBufferPointer<UInt8>, to result: inout [UInt8])
}

extension CharacterNormalizer {
    func apply(to text: inout NormalizedText) {
        var result: [UInt8] = []
        result.reserveCapacity(text.bytes.count)
        var keepsFirst = true
        text.bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                let start = index
                let scalar = UTF8Scanner.scalar(bytes, at: &index)
                write(scalar, UnsafeBufferPointer(rebasing: bytes[start..<index]), to: &result)
                if start == 0, result.isEmpty { keepsFirst = false }
            }
        }
        text = NormalizedText(bytes: result, beginsAtOrigin: text.beginsAtOrigin && keepsFirst)
    }
}

/// Writes every character in lower case, whatever stands beside it.
struct LowercaseNormalizer: CharacterNormalizer {
    func write(
        _ scalar: UInt32,
        _ bytes: UnsafeBufferPointer<UInt8>,
        to result: inout [UInt8]
    ) {
        if scalar < 0x80 {
            let isUpper = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= bytes[0]
            result.append(isUpper ? bytes[0] | 0x20 : bytes[0])
        } else if let mapping = Unicode.Scalar(scalar)?.properties.lowercaseMapping {
            result.append(contentsOf: mapping.utf8)
        }
    }
}

/// Removes combining marks, which a decomposed text has for accents.
struct StripAccentsNormalizer: CharacterNormalizer {
    var keepsASCII: Bool { true }

    func write(
        _ scalar: UInt32,
        _ bytes: UnsafeBufferPointer<UInt8>,
        to result: inout [UInt8]
    ) {
        if !CharacterTests.isCombiningMark(scalar) { result.append(contentsOf: bytes) }
    }
}

/// SentencePiece's rules for translation: control characters go, all blanks become one.
struct NmtNormalizer: CharacterNormalizer {
    func write(
        _ scalar: UInt32,
        _ bytes: UnsafeBufferPointer<UInt8>,
        to result: inout [UInt8]
    ) {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF,
            0xFFFD:
            result.append(0x20)
        default: result.append(contentsOf: bytes)
        }
    }
}

/// Writes bytes as the characters that stand for them.
struct ByteLevelNormalizer: Normalizer {
    func apply(to text: inout NormalizedText) {
        var result: [UInt8] = []
        text.bytes.withUnsafeBufferPointer {
            ByteLevelAlphabet.appendCharacters(for: $0, to: &result)
        }
        text.bytes = result
    }
}

/// Removes blanks at the ends.
struct StripNormalizer: Normalizer {
    let stripsLeft: Bool
    let stripsRight: Bool

    func apply(to text: inout NormalizedText) {
        let range = text.bytes.withUnsafeBufferPointer { bytes in
            let start = stripsLeft ? WordBoundary.endOfBlanks(bytes, from: 0) : 0
            let end =
                stripsRight
                ? WordBoundary.startOfBlanks(bytes, before: bytes.count) : bytes.count
            return start..<max(start, end)
        }
        if range.lowerBound > 0 { text.beginsAtOrigin = false }
        text.bytes = Array(text.bytes[range])
    }
}
