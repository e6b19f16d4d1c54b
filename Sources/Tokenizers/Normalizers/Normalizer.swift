/// A text on its way through the normalizers.
struct NormalizedText: Sendable {
    var bytes: [UInt8]
    /// Whether the first byte comes from the first character of the whole text: a Metaspace
    /// pre-tokenizer may want to know.
    var beginsAtOrigin: Bool
}

/// Rewrites a text before it is cut.
protocol Normalizer: Sendable {
    func apply(to text: inout NormalizedText)

    /// Whether a text of ASCII characters stays what it is.
    var keepsASCII: Bool { get }
}

extension Normalizer {
    var keepsASCII: Bool { false }
}

/// Several normalizers, one after the other.
struct NormalizerSequence: Normalizer {
    let steps: [any Normalizer]

    func apply(to text: inout NormalizedText) {
        for step in steps { step.apply(to: &text) }
    }

    var keepsASCII: Bool { steps.allSatisfy(\.keepsASCII) }
}

/// Puts a text in front of every text that is not empty.
struct PrependNormalizer: Normalizer {
    let prefix: [UInt8]

    func apply(to text: inout NormalizedText) {
        if !text.bytes.isEmpty { text.bytes.insert(contentsOf: prefix, at: 0) }
    }
}

/// Writes something else where a pattern matches.
struct ReplaceNormalizer: Normalizer {
    let pattern: TextPattern
    let content: [UInt8]

    func apply(to text: inout NormalizedText) {
        var result: [UInt8] = []
        result.reserveCapacity(text.bytes.count + text.bytes.count / 4)
        var beginsAtOrigin = text.beginsAtOrigin
        text.bytes.withUnsafeBufferPointer { bytes in
            var covered = 0
            pattern.forEachMatch(in: bytes) { start, end in
                if start == 0, end > 0 {
                    // What replaces several characters counts as coming from the last of them.
                    let isOne = UTF8Scanner.start(bytes, before: end) == 0
                    beginsAtOrigin = beginsAtOrigin && isOne && !content.isEmpty
                }
                result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[covered..<start]))
                result.append(contentsOf: content)
                covered = end
            }
            result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[covered...]))
        }
        text = NormalizedText(bytes: result, beginsAtOrigin: beginsAtOrigin)
    }
}
