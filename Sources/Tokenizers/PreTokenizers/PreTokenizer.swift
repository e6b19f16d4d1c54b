/// Cuts a text into the pieces that the model sees one by one.
protocol PreTokenizer: Sendable {
    func apply(to text: inout PreTokenizedText)
}

/// Several pre-tokenizers, one after the other.
struct PreTokenizerSequence: PreTokenizer {
    let steps: [any PreTokenizer]

    func apply(to text: inout PreTokenizedText) {
        for step in steps { step.apply(to: &text) }
    }
}

/// Cuts where a pattern matches.
///
/// Most pre-tokenizers are this with a pattern of their own: Split, Digits, Punctuation,
/// WhitespaceSplit, CharDelimiterSplit.
struct SplitPreTokenizer: PreTokenizer {
    let pattern: TextPattern
    let behavior: SplitBehavior
    var isInverted = false

    func apply(to text: inout PreTokenizedText) {
        text.split(by: pattern, behavior, inverted: isInverted)
    }
}
