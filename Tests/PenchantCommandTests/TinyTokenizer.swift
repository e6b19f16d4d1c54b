import OrderedJSON

/// A byte-level BPE tokenizer: a token for each byte, a few merges, and tokens that begin and end
/// a text.
enum TinyTokenizer {
    static let beginningOfText = "<s>"
    static let endOfText = "</s>"

    private static let merges: [(String, String)] = [
        ("t", "h"), ("th", "e"), ("Ġ", "the"), ("e", "s"), ("Ġ", "y"), ("Ġy", "es"),
        ("n", "o"), ("Ġ", "no"), ("i", "n"), ("in", "g"),
    ]

    /// The alphabet, what merges make, and the two tokens beside the model.
    private static let tokens = alphabet + merges.map { $0.0 + $0.1 }

    static let vocabularySize = tokens.count + 2

    static var file: JSONValue {
        [
            "version": "1.0",
            "truncation": .null,
            "padding": .null,
            "added_tokens": [
                special(beginningOfText, id: tokens.count),
                special(endOfText, id: tokens.count + 1),
            ],
            "normalizer": .null,
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                "use_regex": true,
            ],
            "post_processor": .null,
            "decoder": [
                "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
                "use_regex": true,
            ],
            "model": [
                "type": "BPE",
                "dropout": .null,
                "unk_token": .null,
                "continuing_subword_prefix": .null,
                "end_of_word_suffix": .null,
                "fuse_unk": false,
                "byte_fallback": false,
                "vocab": .object(
                    JSONObject(tokens.enumerated().map { ($0.element, .integer($0.offset)) })
                ),
                "merges": .array(merges.map { .string("\($0.0) \($0.1)") }),
            ],
        ]
    }

    static var configuration: JSONValue {
        [
            "bos_token": .string(beginningOfText),
            "eos_token": .string(endOfText),
            "tokenizer_class": "PreTrainedTokenizerFast",
        ]
    }

    private static func special(_ text: String, id: Int) -> JSONValue {
        [
            "id": .integer(id), "content": .string(text), "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false, "special": true,
        ]
    }

    /// GPT-2's characters for the 256 bytes: printable ones as they are, the others from U+0100 on.
    private static var alphabet: [String] {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).compactMap { byte in
            let isPrintable =
                (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            defer { next += isPrintable ? 0 : 1 }
            return Unicode.Scalar(isPrintable ? byte : next).map { String(Character($0)) }
        }
    }
}
