import TestSupport
import Testing

@testable import Tokenizers

struct StreamingDecoderTests {
    @Test("a character whose bytes come one by one is given out whole")
    func wholeCharacters() throws {
        // "é" is 0xC3 0xA9, "€" 0xE2 0x82 0xAC.
        let tokenizer = try Tokenizer(
            text: #"""
                {"decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
                "model": {"type": "BPE", "vocab": {"a": 0, "Ã": 1, "©": 2, "â": 3, "Ĥ": 4, "¬": 5},
                "merges": []}}
                """#
        )
        var decoder = StreamingDecoder(tokenizer)
        let parts = [0, 1, 2, 3, 4, 5, 0].map { decoder.append($0) }
        #expect(parts == ["a", "", "é", "", "", "€", "a"])
        #expect(decoder.finish() == "")
    }

    @Test("what waits at the end is given out as replacement characters")
    func finish() throws {
        let tokenizer = try Tokenizer(
            text: #"""
                {"decoder": {"type": "ByteFallback"}, "model": {"type": "BPE",
                "vocab": {"a": 0, "<0xC3>": 1}, "merges": []}}
                """#
        )
        var decoder = StreamingDecoder(tokenizer)
        #expect(decoder.append(0) == "a")
        #expect(decoder.append(1) == "")
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.append(0) == "a")
    }

    @Test(
        "the parts together are the text",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)"),
        arguments: ["stories260K", "minimind", "gpt2", "t5-small"]
    )
    func together(name: String) throws {
        let tokenizer = try Tokenizer(folder: Conformance.file("tokenizers/\(name)"))
        let rows = try GoldenRow.rows(of: Conformance.file("goldens/tokenizers/\(name).jsonl"))
        for row in rows where row.ids.count < 200 {
            var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: false)
            var text = ""
            for id in row.ids { text += decoder.append(id) }
            text += decoder.finish()
            #expect(text == row.decoded)
        }
    }
}
