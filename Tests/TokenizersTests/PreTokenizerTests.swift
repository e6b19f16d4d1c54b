import Testing

@testable import Tokenizers

struct PreTokenizerTests {
    /// Section, text, pieces: made with tokenizers 0.23.3.
    static let cases: [(String, String, [String])] = [
        (
            #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}"#,
            "it's 12 é", ["Ġit", "'s", "Ġ12", "ĠÃ©"]
        ),
        (
            #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}"#,
            "a b", ["aĠb"]
        ),
        (
            #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}"#,
            "a b  c", ["▁a", "▁b", "▁", "▁c"]
        ),
        (
            #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true}"#,
            "a b", ["a", "▁b"]
        ),
        (
            #"{"type": "Metaspace", "replacement": "_", "add_prefix_space": true}"#, " a b",
            ["_a", "_b"]
        ),
        (
            #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false}"#,
            "a b", ["▁a▁b"]
        ),
        (
            #"{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]}"#,
            "a b", ["▁a", "b"]
        ),
        (
            #"{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]}"#,
            " a b", ["a", "b"]
        ),
        (#"{"type": "Whitespace"}"#, "a_b, c!! é", ["a_b", ",", "c", "!!", "é"]),
        (#"{"type": "WhitespaceSplit"}"#, " a\u{3000}b\n", ["a", "b"]),
        (#"{"type": "BertPreTokenizer"}"#, "a,b  c.", ["a", ",", "b", "c", "."]),
        (#"{"type": "Punctuation", "behavior": "Contiguous"}"#, "a!?b", ["a", "!?", "b"]),
        (#"{"type": "Punctuation"}"#, "a!?«b", ["a", "!", "?", "«", "b"]),
        (#"{"type": "Digits", "individual_digits": true}"#, "a12b½", ["a", "1", "2", "b", "½"]),
        (#"{"type": "Digits", "individual_digits": false}"#, "a12b½", ["a", "12", "b", "½"]),
        (#"{"type": "CharDelimiterSplit", "delimiter": "-"}"#, "a--b-c", ["a", "b", "c"]),
        (#"{"type": "UnicodeScripts"}"#, "どこで生れ。Yes ファー", ["どこで生れ", "。", "Yes ", "ファー"]),
        (#"{"type": "FixedLength", "length": 2}"#, "añbcd", ["añ", "bc", "d"]),
        (
            #"{"type": "Split", "pattern": {"String": "-"}, "behavior": "Removed", "invert": false}"#,
            "-a--b-", ["a", "b"]
        ),
        (
            #"{"type": "Split", "pattern": {"Regex": "\\d+|-"}, "behavior": "Removed", "invert": true}"#,
            "a12-3b-", ["12", "-", "3", "-"]
        ),
        (
            #"{"type": "Split", "pattern": {"String": "-"}, "behavior": "Isolated", "invert": false}"#,
            "-a--b-", ["-", "a", "-", "-", "b", "-"]
        ),
        (
            #"{"type": "Split", "pattern": {"Regex": "\\d+|-"}, "behavior": "Isolated", "invert": true}"#,
            "a12-3b-", ["a", "12", "-", "3", "b", "-"]
        ),
        (
            #"{"type": "Split", "pattern": {"String": "-"}, "behavior": "MergedWithPrevious", "invert": false}"#,
            "-a--b-", ["-", "a-", "-", "b-"]
        ),
        (
            #"{"type": "Split", "pattern": {"Regex": "\\d+|-"}, "behavior": "MergedWithPrevious", "invert": true}"#,
            "a12-3b-", ["a", "12", "-", "3b", "-"]
        ),
        (
            #"{"type": "Split", "pattern": {"String": "-"}, "behavior": "MergedWithNext", "invert": false}"#,
            "-a--b-", ["-a", "-", "-b", "-"]
        ),
        (
            #"{"type": "Split", "pattern": {"Regex": "\\d+|-"}, "behavior": "MergedWithNext", "invert": true}"#,
            "a12-3b-", ["a12", "-", "3", "b-"]
        ),
        (
            #"{"type": "Split", "pattern": {"String": "-"}, "behavior": "Contiguous", "invert": false}"#,
            "-a--b-", ["-", "a", "--", "b", "-"]
        ),
        (
            #"{"type": "Split", "pattern": {"Regex": "\\d+|-"}, "behavior": "Contiguous", "invert": true}"#,
            "a12-3b-", ["a", "12-3", "b", "-"]
        ),
    ]

    @Test("every pre-tokenizer cuts where the Rust library cuts", arguments: cases)
    func cuts(section: String, text: String, expected: [String]) throws {
        let preTokenizer = try PreTokenizers.load(FileSection.parsing(section))
        #expect(preTokenizer.pieces(of: text) == expected)
    }
}

extension PreTokenizer {
    /// The pieces that a text is cut into.
    func pieces(of text: String) -> [String] {
        var pieces = PreTokenizedText()
        Array(text.utf8).withUnsafeBufferPointer { pieces.reset($0, beginsAtOrigin: true) }
        apply(to: &pieces)
        return pieces.pieces.map {
            String(decoding: pieces.bytes[$0.start..<$0.end], as: UTF8.self)
        }
    }
}
