import Testing

@testable import Tokenizers

struct DecoderTests {
    /// Section, tokens, text: made with tokenizers 0.23.3.
    static let cases: [(String, [String], String)] = [
        (
            #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}"#,
            ["Ġa", "Ã", "©", "é中"], " aéé中"
        ),
        (
            #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}"#,
            ["▁a▁b", "▁c"], "ab c"
        ),
        (
            #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}"#, ["▁a", "▁c"],
            " a c"
        ),
        (
            ###"{"type": "WordPiece", "prefix": "##", "cleanup": true}"###,
            ["##a", "##b", "c", ".", "do", "n't"], "##ab c. don't"
        ),
        (
            ###"{"type": "WordPiece", "prefix": "##", "cleanup": false}"###, ["a", "##b", "."],
            "ab ."
        ),
        (#"{"type": "BPEDecoder", "suffix": "</w>"}"#, ["a</w>", "b", "c</w>"], "a bc"),
        (
            #"{"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true}"#,
            ["<pad>", "h", "h", "e", "<pad>", "l", "l", "<pad>", "l", "|", "|", "o"], "hell o"
        ),
        (
            #"{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}"#, ["▁a", "b▁"],
            " ab "
        ),
        (
            #"{"type": "Replace", "pattern": {"Regex": "[ab]+"}, "content": "x"}"#, ["aab", "cab"],
            "xcx"
        ),
        (
            #"{"type": "ByteFallback"}"#, ["<0xE5>", "<0x8F>", "<0xAB>", "a", "<0xE5>", "b"],
            "叫a\u{FFFD}b"
        ),
        (
            #"{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"#,
            ["▁a", "<0x21>", "▁b"], "a! b"
        ),
        (#"{"type": "Strip", "content": "H", "start": 1, "stop": 1}"#, ["HHeyH", "Hey"], "Heyey"),
        (#"{"type": "Fuse"}"#, ["a", "b"], "ab"),
    ]

    @Test("every decoder writes what the Rust library writes", arguments: cases)
    func decodes(section: String, tokens: [String], expected: String) throws {
        let decoder = try Decoders.load(FileSection.parsing(section))
        var texts = TokenTexts()
        for token in tokens { texts.append(token.utf8) }
        #expect(String(decoding: decoder.decode(texts).bytes, as: UTF8.self) == expected)
    }
}
