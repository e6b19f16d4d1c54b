import Foundation
import OrderedJSON
import Testing

@testable import Tokenizers

struct TokenizerTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let file: String
        let rows: [Row]

        init(_ description: String, _ file: String, _ rows: [Row]) {
            testDescription = description
            self.file = file
            self.rows = rows
        }
    }

    struct Row {
        let text: String
        let ids: [Int32]
        let decoded: String
        let decodedSkipping: String

        init(_ text: String, _ ids: [Int32], _ decoded: String, _ decodedSkipping: String) {
            self.text = text
            self.ids = ids
            self.decoded = decoded
            self.decodedSkipping = decodedSkipping
        }
    }

    /// All characters of the byte level, in the order of their values, and a word.
    static let byteLevelVocabulary: String = {
        let scalars = ByteLevelAlphabet.scalars.map(\.value).sorted()
        let members = scalars.enumerated().map { index, value in
            let token = String(Unicode.Scalar(value) ?? "?")
            return (key: token, value: JSONValue.integer(index))
        }
        return JSONValue.object(JSONObject(members + [(key: "Ġab", value: 256)])).text
    }()

    /// Made with tokenizers 0.23.3: ids with special tokens, and what decoding those gives.
    static let cases: [Case] = [
        Case(
            "merges by rank, then from the left",
            #"""
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "aa": 2, "ab": 3, "aab": 4},
            "merges": ["a a", "a b", "aa b"]}}
            """#,
            [
                Row("aaab", [2, 3], "aa ab", "aa ab"),
                Row("aab", [4], "aab", "aab"),
                Row("aaaa", [2, 2], "aa aa", "aa aa"),
            ]
        ),
        Case(
            "merges as pairs, the second of equal ones counts",
            #"""
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4},
            "merges": [["a", "b"], ["b", "c"], ["a", "b"]]}}
            """#,
            [
                Row("abc", [0, 4], "a bc", "a bc")
            ]
        ),
        Case(
            "no type",
            #"""
            {"model": {"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
            """#,
            [
                Row("ab", [2], "ab", "ab")
            ]
        ),
        Case(
            "unknown characters are fused",
            #"""
            {"model": {"type": "BPE", "vocab": {"<unk>": 0, "a": 1}, "merges": [], "unk_token":
            "<unk>", "fuse_unk": true}}
            """#,
            [
                Row("xya", [0, 1], "<unk> a", "<unk> a"),
                Row("axaxx", [1, 0, 1, 0], "a <unk> a <unk>", "a <unk> a <unk>"),
            ]
        ),
        Case(
            "unknown characters are not fused",
            #"""
            {"model": {"type": "BPE", "vocab": {"<unk>": 0, "a": 1}, "merges": [], "unk_token":
            "<unk>"}}
            """#,
            [
                Row("xya", [0, 0, 1], "<unk> <unk> a", "<unk> <unk> a")
            ]
        ),
        Case(
            "unknown characters without a token vanish",
            #"""
            {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
            """#,
            [
                Row("xa", [0], "a", "a")
            ]
        ),
        Case(
            "bytes for unknown characters",
            #"""
            {"decoder": {"type": "ByteFallback"}, "model": {"type": "BPE", "vocab": {"<unk>": 0,
             "<0xC3>": 1, "<0xA9>": 2, "a": 3}, "merges": [], "unk_token": "<unk>",
            "byte_fallback": true}}
            """#,
            [
                Row("éaß", [1, 2, 3, 0], "éa<unk>", "éa<unk>")
            ]
        ),
        Case(
            "prefix and suffix",
            #"""
            {"model": {"type": "BPE", "vocab": {"a": 0, "##b": 1, "b</w>": 2, "##b</w>": 3,
            "ab</w>": 4, "a</w>": 5}, "merges": [["a", "##b</w>"]],
            "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"}}
            """#,
            [
                Row("ab", [4], "ab</w>", "ab</w>"),
                Row("abb", [0, 1, 3], "a ##b ##b</w>", "a ##b ##b</w>"),
                Row("a", [5], "a</w>", "a</w>"),
            ]
        ),
        Case(
            "whole words before merges",
            #"""
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [],
            "ignore_merges": true}}
            """#,
            [
                Row("ab", [2], "ab", "ab"),
                Row("abb", [0, 1, 1], "a b b", "a b b"),
            ]
        ),
        Case(
            "whole words at the byte level",
            #"""
            {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "ByteLevel",
            "add_prefix_space": false, "trim_offsets": true}, "decoder": {"type": "ByteLevel",
            "add_prefix_space": false, "trim_offsets": true}, "model": {"type": "BPE", "vocab":
            \#(byteLevelVocabulary), "merges": [], "ignore_merges": true}}
            """#,
            [
                Row("c ab é", [66, 256, 220, 127, 102], "c ab é", "c ab é")
            ]
        ),
        Case(
            "unigram: best score",
            #"""
            {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1], ["b",
            -1], ["ab", -1.5], ["abc", -9], ["c", -3]]}}
            """#,
            [
                Row("abc", [3, 5], "ab c", "ab c"),
                Row("abxxc", [3, 0, 5], "ab <unk> c", "ab <unk> c"),
            ]
        ),
        Case(
            "unigram with bytes",
            #"""
            {"model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab":
            [["<unk>", 0], ["a", -1], ["<0xC3>", 0], ["<0xA9>", 0]]}}
            """#,
            [
                Row("aé", [1, 2, 3], "a <0xC3> <0xA9>", "a <0xC3> <0xA9>"),
                Row("éß", [0], "<unk>", "<unk>"),
            ]
        ),
        Case(
            "word pieces",
            #"""
            {"pre_tokenizer": {"type": "Whitespace"}, "decoder": {"type": "WordPiece",
            "prefix": "##", "cleanup": true}, "model": {"type": "WordPiece", "unk_token":
            "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 5, "vocab":
            {"[UNK]": 0, "un": 1, "##aff": 2, "##able": 3, "a": 4, "##a": 5}}}
            """#,
            [
                Row(
                    "unaff a aaaaaa xa",
                    [1, 2, 4, 0, 0],
                    "unaff a [UNK] [UNK]",
                    "unaff a [UNK] [UNK]"
                )
            ]
        ),
        Case(
            "word level",
            #"""
            {"pre_tokenizer": {"type": "WhitespaceSplit"}, "model": {"type": "WordLevel",
            "unk_token": "u", "vocab": {"u": 0, "ab": 1, "c": 2}}}
            """#,
            [
                Row("ab c d", [1, 2, 0], "ab c u", "ab c u")
            ]
        ),
        Case(
            "longest added token first",
            #"""
            {"added_tokens": [{"id": 0, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": false, "content": "ab"}, {"id": 1, "single_word":
            false, "lstrip": false, "rstrip": false, "normalized": false, "special": true,
            "content": "abx"}], "model": {"type": "BPE", "vocab": {" ": 0, "a": 1, "b": 2, "x":
            3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("abxab", [7, 6], "abx ab", "ab")
            ]
        ),
        Case(
            "a token of a single word",
            #"""
            {"added_tokens": [{"id": 0, "single_word": true, "lstrip": false, "rstrip": false,
            "normalized": false, "special": false, "content": "ab"}], "model": {"type": "BPE",
            "vocab": {" ": 0, "a": 1, "b": 2, "x": 3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row(
                    "ab abx ab_ éab ab",
                    [6, 0, 1, 2, 3, 0, 1, 2, 4, 0, 5, 1, 2, 0, 6],
                    "ab   a b x   a b _   é a b   ab",
                    "ab   a b x   a b _   é a b   ab"
                )
            ]
        ),
        Case(
            "blanks on the left",
            #"""
            {"added_tokens": [{"id": 0, "single_word": false, "lstrip": true, "rstrip": false,
            "normalized": false, "special": false, "content": "<m>"}], "model": {"type": "BPE",
            "vocab": {" ": 0, "a": 1, "b": 2, "x": 3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("a  <m> b<m><m>", [1, 6, 0, 2, 6, 6], "a <m>   b <m> <m>", "a <m>   b <m> <m>")
            ]
        ),
        Case(
            "blanks on the right",
            #"""
            {"added_tokens": [{"id": 0, "single_word": false, "lstrip": false, "rstrip": true,
            "normalized": false, "special": true, "content": "<m>"}], "model": {"type": "BPE",
            "vocab": {" ": 0, "a": 1, "b": 2, "x": 3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("a <m>  b<m> <m>", [1, 0, 6, 2, 6, 6], "a   <m> b <m> <m>", "a   b")
            ]
        ),
        Case(
            "normalized added token",
            #"""
            {"added_tokens": [{"id": 0, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": true, "special": true, "content": "AB"}], "normalizer": {"type":
            "Lowercase"}, "model": {"type": "BPE", "vocab": {" ": 0, "a": 1, "b": 2, "x": 3,
            "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("xABab", [3, 6, 6], "x ab ab", "x ab ab")
            ]
        ),
        Case(
            "raw added token",
            #"""
            {"added_tokens": [{"id": 0, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": false, "content": "AB"}], "normalizer": {"type":
            "Lowercase"}, "model": {"type": "BPE", "vocab": {" ": 0, "a": 1, "b": 2, "x": 3,
            "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("xABab", [3, 6, 1, 2], "x AB a b", "x AB a b")
            ]
        ),
        Case(
            "added tokens get the next ids",
            #"""
            {"added_tokens": [{"id": 0, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": false, "content": "b"}, {"id": 1, "single_word":
            false, "lstrip": false, "rstrip": false, "normalized": false, "special": false,
            "content": "<x>"}, {"id": 2, "single_word": false, "lstrip": false, "rstrip": false,
             "normalized": false, "special": false, "content": "<y>"}], "model": {"type": "BPE",
             "vocab": {"a": 0, "b": 5}, "merges": []}}
            """#,
            [
                Row("ab<x><y>", [0, 5, 2, 3], "a b <x> <y>", "a b <x> <y>")
            ]
        ),
        Case(
            "template",
            #"""
            {"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken":
            {"id": "s", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "s", "type_id": 0}}], "pair": [{"Sequence": {"id": "A",
            "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"s":
            {"id": "s", "ids": [3, 4], "tokens": ["x", "_"]}}}, "model": {"type": "BPE",
            "vocab": {" ": 0, "a": 1, "b": 2, "x": 3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("a", [3, 4, 1, 3, 4], "x _ a x _", "x _ a x _")
            ]
        ),
        Case(
            "roberta",
            #"""
            {"post_processor": {"type": "RobertaProcessing", "sep": ["x", 3], "cls": ["_", 4],
            "trim_offsets": true, "add_prefix_space": false}, "model": {"type": "BPE", "vocab":
            {" ": 0, "a": 1, "b": 2, "x": 3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("ab", [4, 1, 2, 3], "_ a b x", "_ a b x")
            ]
        ),
        Case(
            "bert after byte level",
            #"""
            {"post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel",
            "add_prefix_space": true, "trim_offsets": true}, {"type": "BertProcessing", "sep":
            ["x", 3], "cls": ["_", 4]}]}, "model": {"type": "BPE", "vocab": {" ": 0, "a": 1,
            "b": 2, "x": 3, "_": 4, "é": 5}, "merges": []}}
            """#,
            [
                Row("", [4, 3], "_ x", "_ x")
            ]
        ),
        Case(
            "no decoder joins with blanks",
            #"""
            {"model": {"type": "BPE", "vocab": {" ": 0, "a": 1, "b": 2, "x": 3, "_": 4, "é": 5},
             "merges": []}}
            """#,
            [
                Row("ab", [1, 2], "a b", "a b")
            ]
        ),
    ]

    @Test("ids and texts are those of the Rust library", arguments: cases)
    func agrees(with example: Case) throws {
        let tokenizer = try Tokenizer(text: example.file)
        for row in example.rows {
            #expect(tokenizer.encode(row.text) == row.ids, "\(row.text)")
            #expect(tokenizer.decode(row.ids) == row.decoded)
            #expect(
                tokenizer.decode(row.ids, skippingSpecialTokens: true) == row.decodedSkipping
            )
        }
    }

    @Test("special tokens around a text can be left off")
    func withoutSpecialTokens() throws {
        let tokenizer = try Tokenizer(
            text: #"""
                {"post_processor": {"type": "BertProcessing", "sep": ["b", 1], "cls": ["b", 1]},
                "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
                """#
        )
        #expect(tokenizer.encode("a", addingSpecialTokens: false) == [0])
        #expect(tokenizer.encode("a") == [1, 0, 1])
    }

    @Test("ids that no token has are left out of the text")
    func unknownIDs() throws {
        let tokenizer = try Tokenizer(
            text: #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 7}, "merges": []}}"#
        )
        #expect(tokenizer.vocabularySize == 8)
        #expect(tokenizer.decode([0, 3, 7, 8, -1, .max, .min]) == "a b")
        #expect(tokenizer.token(ofID: 3) == nil)
        #expect(tokenizer.token(ofID: 7) == "b")
        #expect(tokenizer.id(ofToken: "b") == 7)
        #expect(tokenizer.id(ofToken: "c") == nil)
    }

    @Test("two spellings of one character are two tokens")
    func spellings() throws {
        let tokenizer = try Tokenizer(
            text: #"""
                {"added_tokens": [
                {"id": 1, "content": "\u00e9", "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true},
                {"id": 2, "content": "e\u0301", "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true}],
                "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
                """#
        )
        #expect(tokenizer.encode("\u{E9}ae\u{301}") == [1, 0, 2])
    }

    @Test("a long word merges as a short one does")
    func longWords() throws {
        // "a" ×2 → "aa" → "aaaa": the first merge goes over the whole word, then the second.
        let tokenizer = try Tokenizer(
            text: #"""
                {"model": {"type": "BPE", "vocab": {"a": 0, "aa": 1, "aaaa": 2, "b": 3, "ba": 4},
                "merges": ["a a", "aa aa", "b a"]}}
                """#
        )
        for count in [3, 95, 96, 97, 98, 99, 400, 1001] {
            var expected = [Int32](repeating: 2, count: count / 4)
            if count % 4 >= 2 { expected.append(1) }
            if count % 2 == 1 { expected.append(0) }
            #expect(tokenizer.encode(String(repeating: "a", count: count)) == expected)
        }
        let mixed = String(repeating: "ba", count: 300)
        #expect(tokenizer.encode(mixed) == [Int32](repeating: 4, count: 300))
    }

    @Test("many texts at once give what one at a time gives")
    func concurrency() async throws {
        let tokenizer = try Tokenizer(
            text: #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "#
                + #""merges": ["a b"]}}"#
        )
        await withTaskGroup(of: Bool.self) { group in
            for count in 1..<64 {
                group.addTask {
                    let text = String(repeating: "ab", count: count)
                    return tokenizer.encode(text) == [Int32](repeating: 2, count: count)
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

extension Tokenizer {
    /// A tokenizer from the text of a tokenizer.json.
    convenience init(text: String) throws {
        self.init(
            pipeline: try Pipeline(FileSection.parsing(text)),
            names: SpecialTokenNames()
        )
    }
}
