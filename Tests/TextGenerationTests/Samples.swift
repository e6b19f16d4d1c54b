import Foundation
import OrderedJSON
import TestSupport
import Tokenizers

extension Fixtures {
    /// Golden values made by the scripts in Tools/.
    static func textGeneration(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/\(name)")
    }
}

/// A tokenizer whose tokens are single characters: id 1 is special, the others are "A" and what
/// follows it.
struct LetterTokenizer {
    let tokenizer: Tokenizer

    init(size: Int = 97) throws {
        let folder = try TemporaryFolder()
        let vocabulary = (0..<size).map { (Self.text(Int32($0)), JSONValue.integer($0)) }
        let special: JSONValue = [
            "id": 1, "content": .string(Self.text(1)), "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true,
        ]
        let file: JSONValue = [
            "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": [special],
            "normalizer": .null, "pre_tokenizer": .null, "post_processor": .null,
            "decoder": ["type": "Fuse"],
            "model": [
                "type": "BPE", "dropout": .null, "unk_token": .null,
                "continuing_subword_prefix": .null, "end_of_word_suffix": .null,
                "fuse_unk": false, "byte_fallback": false,
                "vocab": .object(JSONObject(vocabulary)), "merges": [],
            ],
        ]
        tokenizer = try Tokenizer(file: folder.write("tokenizer.json", file.text))
    }

    /// The text of a token.
    static func text(_ id: Int32) -> String {
        id == 1 ? "<s>" : Unicode.Scalar(UInt32(65 + id)).map { String(Character($0)) } ?? ""
    }

    /// The text of tokens without special ones.
    static func text(_ ids: [Int32]) -> String {
        ids.map { $0 == 1 ? "" : text($0) }.joined()
    }
}
