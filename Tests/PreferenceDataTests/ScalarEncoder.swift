import PreferenceData

/// A tokenizer one can compute by hand: a token per Unicode scalar, its value.
///
/// `beginning` stands before every text, `</s>` is token 2, and "ab" is one token, 300, so that a
/// prompt that ends in "a" and an answer that begins with "b" join.
struct ScalarEncoder: TextEncoder {
    var beginning: Int32? = 1
    var endOfText: String? = "</s>"
    var vocabularySize = 0x11_0000
    var joins = true

    func encode(_ text: String, addingSpecialTokens: Bool) -> [Int32] {
        var tokens: [Int32] = []
        if addingSpecialTokens, let beginning { tokens.append(beginning) }
        for scalar in text.unicodeScalars {
            tokens.append(Int32(scalar.value))
            if scalar == ">", tokens.suffix(4) == [0x3C, 0x2F, 0x73, 0x3E] {
                tokens.removeLast(4)
                tokens.append(2)
            } else if joins, scalar == "b", tokens.suffix(2) == [0x61, 0x62] {
                tokens.removeLast(2)
                tokens.append(300)
            }
        }
        return tokens
    }
}

/// The scalars of a text as the token ids of `ScalarEncoder`.
func ids(_ text: String) -> [Int32] { text.unicodeScalars.map { Int32($0.value) } }
