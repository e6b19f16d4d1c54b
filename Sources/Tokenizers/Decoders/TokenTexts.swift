/// The texts of tokens on their way through the decoders: bytes, and where each text ends.
struct TokenTexts: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []

    var count: Int { ends.count }

    mutating func append(_ text: some Sequence<UInt8>) {
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
    }

    /// Ends the text whose bytes the body appends.
    mutating func append(_ body: (inout [UInt8]) -> Void) {
        body(&bytes)
        ends.append(bytes.count)
    }

    /// Visits the texts in order.
    func forEach(_ body: (_ index: Int, UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for (index, end) in ends.enumerated() {
                body(index, UnsafeBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
        }
    }

    /// The texts, each rewritten by the body, which appends the new text.
    func rewritten(
        _ body: (_ index: Int, UnsafeBufferPointer<UInt8>, inout [UInt8]) -> Void
    ) -> TokenTexts {
        var result = TokenTexts()
        result.bytes.reserveCapacity(bytes.count)
        forEach { index, text in
            body(index, text, &result.bytes)
            result.ends.append(result.bytes.count)
        }
        return result
    }

    /// One text with all bytes.
    var fused: TokenTexts {
        var result = TokenTexts()
        result.append(bytes)
        return result
    }
}
