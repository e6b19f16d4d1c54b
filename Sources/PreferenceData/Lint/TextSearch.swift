/// Finds any of some texts in others, byte for byte.
struct TextSearch: Sendable {
    /// The texts by their first byte.
    private var texts: [UInt8: [[UInt8]]] = [:]
    private var isFirst = [Bool](repeating: false, count: 256)

    init(_ texts: [String]) {
        // Longest first: of two that begin alike, the longer one is meant.
        for text in texts.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            guard let first = text.utf8.first else { continue }
            isFirst[Int(first)] = true
            self.texts[first, default: []].append(Array(text.utf8))
        }
    }

    /// Where the texts stand, from the beginning, without overlaps.
    func matches(in text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        forEach(in: text) { range in
            found.append(
                text.utf8.index(
                    text.startIndex,
                    offsetBy: range.lowerBound
                )..<text.utf8.index(text.startIndex, offsetBy: range.upperBound)
            )
            return true
        }
        return found
    }

    /// Whether one of the texts stands anywhere.
    func isFound(in text: String) -> Bool {
        var isFound = false
        forEach(in: text) { _ in
            isFound = true
            return false
        }
        return isFound
    }

    /// Visits matches as ranges of bytes until `body` says false.
    private func forEach(in text: String, _ body: (Range<Int>) -> Bool) {
        var text = text
        text.withUTF8 { bytes in
            var index = 0
            while index < bytes.count {
                let length =
                    isFirst[Int(bytes[index])] ? lengthOfMatch(bytes[index...]) : 0
                if length > 0, !body(index..<index + length) { return }
                index += max(1, length)
            }
        }
    }

    private func lengthOfMatch(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        guard let first = bytes.first else { return 0 }
        return texts[first]?.first { bytes.starts(with: $0) }?.count ?? 0
    }
}
