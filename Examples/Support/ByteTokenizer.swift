import Files
package import Foundation
import OrderedJSON

/// A tokenizer whose tokens are the 256 bytes, and one each for the beginning and end of a text.
package enum ByteTokenizer {
    package static let beginning = 256
    package static let end = 257
    package static let vocabularySize = 258

    /// Writes tokenizer.json and tokenizer_config.json.
    package static func write(to folder: URL) throws {
        var vocabulary: [(key: String, value: JSONValue)] = byteCharacters().enumerated().map {
            (String($0.element), .integer($0.offset))
        }
        vocabulary += [("<s>", .integer(beginning)), ("</s>", .integer(end))]
        let special: [JSONValue] = [(beginning, "<s>"), (end, "</s>")].map { id, text in
            [
                "id": .integer(id), "content": .string(text), "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false, "special": true,
            ]
        }
        let byteLevel: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": false,
        ]
        let tokenizer: JSONValue = [
            "version": "1.0", "truncation": .null, "padding": .null,
            "added_tokens": .array(special), "normalizer": .null, "pre_tokenizer": byteLevel,
            "post_processor": [
                "type": "TemplateProcessing",
                "single": [
                    ["SpecialToken": ["id": "<s>", "type_id": 0]],
                    ["Sequence": ["id": "A", "type_id": 0]],
                ],
                "pair": [
                    ["SpecialToken": ["id": "<s>", "type_id": 0]],
                    ["Sequence": ["id": "A", "type_id": 0]],
                    ["Sequence": ["id": "B", "type_id": 1]],
                ],
                "special_tokens": [
                    "<s>": ["id": "<s>", "ids": [.integer(beginning)], "tokens": ["<s>"]]
                ],
            ],
            "decoder": byteLevel,
            "model": [
                "type": "BPE", "dropout": .null, "unk_token": .null,
                "continuing_subword_prefix": .null, "end_of_word_suffix": .null,
                "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(JSONObject(vocabulary)), "merges": [],
            ],
        ]
        try AtomicFile.write(tokenizer.text, to: folder.appending(path: "tokenizer.json"))
        let configuration: JSONValue = [
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
            "model_max_length": 512, "clean_up_tokenization_spaces": false,
        ]
        try AtomicFile.write(
            configuration.indentedText,
            to: folder.appending(path: "tokenizer_config.json")
        )
    }

    /// How byte-level vocabularies write the bytes 0 to 255: printable ones as themselves, the
    /// others as the characters from 256 on.
    private static func byteCharacters() -> [Character] {
        let printable = Set(33...126).union(161...172).union(174...255)
        var next: UInt32 = 256
        return (0..<256).map { byte in
            defer { if !printable.contains(byte) { next += 1 } }
            let value = printable.contains(byte) ? UInt32(byte) : next
            return Unicode.Scalar(value).map { Character($0) } ?? " "
        }
    }
}
