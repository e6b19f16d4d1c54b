/// A well-known splitting pattern, written out by hand.
///
/// Its matches cover every text without gaps, so a scanner only says where a match ends.
protocol PatternScanner: Sendable {
    /// - Parameter start: the beginning of a match, smaller than the text's length.
    /// - Returns: its end, larger than `start`.
    func end(ofMatchAt start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int
}

/// The patterns that have a scanner, by their exact text.
enum WellKnownPatterns {
    static let gpt2 =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    static func scanner(for pattern: String) -> (any PatternScanner)? {
        switch pattern {
        case gpt2: GPT2Scanner()
        default: nil
        }
    }
}
