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

    static let llama3 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    static let qwen2 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    static func scanner(for pattern: String) -> (any PatternScanner)? {
        switch pattern {
        case gpt2: GPT2Scanner()
        case llama3: GPT4Scanner(longestNumber: 3)
        case qwen2: GPT4Scanner(longestNumber: 1)
        default: nil
        }
    }
}
