/// What classes of transformers do to a text that the decoder gave.
struct TransformersDecoder: Decoder {
    enum Step: Sendable {
        /// Removes the blanks that tokens of English leave before punctuation.
        case cleanUp
        /// Writes a blank for the mark of a word's end, and removes blanks at the ends.
        case wordEnds([UInt8])
        /// Removes points in time such as `<|0.02|>`.
        case timestamps
    }

    let base: (any Decoder)?
    let steps: [Step]

    func decode(_ texts: TokenTexts) -> TokenTexts {
        var bytes: [UInt8] = []
        if let base {
            bytes = base.decode(texts).bytes
        } else {
            texts.forEach { index, token in
                if index > 0 { bytes.append(0x20) }
                bytes.append(contentsOf: token)
            }
        }
        // Half characters are U+FFFD for what follows.
        if String(validating: bytes, as: UTF8.self) == nil {
            bytes = Array(String(decoding: bytes, as: UTF8.self).utf8)
        }
        var result = TokenTexts()
        result.append(steps.reduce(bytes) { $1.applied(to: $0) })
        return result
    }
}

extension TransformersDecoder.Step {
    fileprivate func applied(to text: [UInt8]) -> [UInt8] {
        switch self {
        case .cleanUp: return EnglishCleanup.cleaned(text, joiningNegations: false)
        case .wordEnds(let suffix):
            let spaced = text.withUnsafeBufferPointer {
                ByteStrings.replacing(suffix, with: [0x20], in: $0)
            }
            var scalars = String(decoding: spaced, as: UTF8.self).unicodeScalars[...]
            while scalars.first?.isPythonBlank == true { scalars.removeFirst() }
            while scalars.last?.isPythonBlank == true { scalars.removeLast() }
            return Array(String(scalars).utf8)
        case .timestamps:
            return Array(Self.withoutTimestamps(String(decoding: text, as: UTF8.self)).utf8)
        }
    }

    /// The text without every `<|`, digits, point, digits, `|>`.
    private static func withoutTimestamps(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            if let end = endOfTimestamp(scalars, at: index) {
                index = end
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return String(result)
    }

    private static func endOfTimestamp(_ scalars: [Unicode.Scalar], at start: Int) -> Int? {
        var index = start
        func skip(_ text: String) -> Bool {
            guard scalars[index...].starts(with: text.unicodeScalars) else { return false }
            index += text.unicodeScalars.count
            return true
        }
        func skipDigits() -> Bool {
            let begin = index
            while index < scalars.count,
                scalars[index].properties.generalCategory == .decimalNumber
            {
                index += 1
            }
            return index > begin
        }
        return skip("<|") && skipDigits() && skip(".") && skipDigits() && skip("|>") ? index : nil
    }
}

extension Unicode.Scalar {
    /// What Python's `str.strip` removes.
    fileprivate var isPythonBlank: Bool {
        0x1C...0x1F ~= value || value.isWhitespaceScalar
    }
}
