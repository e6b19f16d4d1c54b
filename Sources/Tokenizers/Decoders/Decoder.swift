/// Turns tokens back into text, step by step.
protocol Decoder: Sendable {
    func decode(_ texts: TokenTexts) -> TokenTexts
}

/// Several decoders, one after the other.
struct DecoderSequence: Decoder {
    let steps: [any Decoder]

    func decode(_ texts: TokenTexts) -> TokenTexts {
        steps.reduce(texts) { $1.decode($0) }
    }
}

/// Makes one text of all.
struct FuseDecoder: Decoder {
    func decode(_ texts: TokenTexts) -> TokenTexts { texts.fused }
}

/// Turns byte-level characters back into bytes.
struct ByteLevelDecoder: Decoder {
    func decode(_ texts: TokenTexts) -> TokenTexts {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.bytes.count)
        texts.forEach { _, text in ByteLevelAlphabet.appendBytes(for: text, to: &bytes) }
        var result = TokenTexts()
        // Bytes that are not UTF-8 become U+FFFD here, before later steps.
        result.append(String(decoding: bytes, as: UTF8.self).utf8)
        return result
    }
}

/// Turns runs of byte tokens (`<0xE4>`) into the text they spell, or U+FFFD for each of them.
struct ByteFallbackDecoder: Decoder {
    func decode(_ texts: TokenTexts) -> TokenTexts {
        var result = TokenTexts()
        var pending: [UInt8] = []
        texts.forEach { _, text in
            if let byte = Self.byte(text) {
                pending.append(byte)
            } else {
                Self.flush(&pending, to: &result)
                result.append(text)
            }
        }
        Self.flush(&pending, to: &result)
        return result
    }

    /// The byte that a token like `<0x0A>` stands for.
    static func byte(_ token: UnsafeBufferPointer<UInt8>) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">")
        else { return nil }
        // The reference takes a sign here: "<0x+A>" is the byte 10.
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    private static func flush(_ pending: inout [UInt8], to result: inout TokenTexts) {
        guard !pending.isEmpty else { return }
        if String(validating: pending, as: UTF8.self) != nil {
            result.append(pending)
        } else {
            for _ in pending { result.append("\u{FFFD}".utf8) }
        }
        pending.removeAll()
    }
}

/// Removes a character from the beginning and the end of every text, up to so many times.
struct StripDecoder: Decoder {
    let content: [UInt8]
    let start: Int
    let stop: Int

    func decode(_ texts: TokenTexts) -> TokenTexts {
        texts.rewritten { _, text, result in
            var rest = text[...]
            var left = start
            while left > 0, rest.starts(with: content) {
                rest = rest.dropFirst(content.count)
                left -= 1
            }
            left = stop
            while left > 0, rest.suffix(content.count).elementsEqual(content) {
                rest = rest.dropLast(content.count)
                left -= 1
            }
            result.append(contentsOf: UnsafeBufferPointer(rebasing: rest))
        }
    }
}

/// Writes something else where a pattern matches.
struct ReplaceDecoder: Decoder {
    let pattern: TextPattern
    let content: [UInt8]

    func decode(_ texts: TokenTexts) -> TokenTexts {
        texts.rewritten { _, text, result in
            var covered = 0
            pattern.forEachMatch(in: text) { start, end in
                result.append(contentsOf: UnsafeBufferPointer(rebasing: text[covered..<start]))
                result.append(contentsOf: content)
                covered = end
            }
            result.append(contentsOf: UnsafeBufferPointer(rebasing: text[covered...]))
        }
    }
}
