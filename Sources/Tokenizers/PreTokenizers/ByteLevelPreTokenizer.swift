/// Cuts as GPT-2 does and writes every byte as the character that stands for it.
struct ByteLevelPreTokenizer: PreTokenizer {
    let addsPrefixSpace: Bool
    let cuts: Bool
    /// Whether bytes become characters.
    ///
    /// As the last step before a model that takes bytes they can stay what they are.
    var writesCharacters = true

    func apply(to text: inout PreTokenizedText) {
        if addsPrefixSpace {
            text.rewrite { piece, _, result in
                if piece.first != 0x20 { result.append(0x20) }
                result.append(contentsOf: piece)
            }
        }
        if cuts { text.split(by: .scanner(GPT2Scanner()), .isolated, inverted: false) }
        if writesCharacters {
            text.rewrite { piece, _, result in
                ByteLevelAlphabet.appendCharacters(for: piece, to: &result)
            }
        }
    }
}
