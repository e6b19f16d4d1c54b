import Foundation
import OrderedJSON
import Testing

@testable import Tokenizers

struct NormalizerTests {
    /// Section, text, normalized text: made with tokenizers 0.23.3.
    static let cases: [(String, String, String)] = [
        (#"{"type": "NFC"}"#, "e\u{301} 가", "é 가"),
        (#"{"type": "NFD"}"#, "é", "e\u{301}"),
        (#"{"type": "NFKC"}"#, "ｶﾞ ﬁ ①", "ガ fi 1"),
        (#"{"type": "NFKD"}"#, "ﬁ é", "fi e\u{301}"),
        (#"{"type": "Lowercase"}"#, "ÀB İ ΑΣ", "àb i\u{307} ασ"),
        (#"{"type": "Strip", "strip_left": true, "strip_right": false}"#, " \u{3000}a ", "a "),
        (#"{"type": "Strip", "strip_left": true, "strip_right": true}"#, " \n a b\t ", "a b"),
        (#"{"type": "StripAccents"}"#, "e\u{301}a\u{308}é", "eaé"),
        (#"{"type": "Prepend", "prepend": "▁"}"#, "ab", "▁ab"),
        (#"{"type": "Prepend", "prepend": "▁"}"#, "", ""),
        (#"{"type": "Replace", "pattern": {"String": "ab"}, "content": "-"}"#, "ababa", "--a"),
        (
            #"{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}"#, "a   b  c d",
            "a b c d"
        ),
        (#"{"type": "Replace", "pattern": {"String": ""}, "content": "-"}"#, "añ", "-a-ñ-"),
        (
            #"{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}"#,
            "Hé\u{0}l\tLo 中文\u{200B}", "hel lo  中  文 "
        ),
        (
            #"{"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false, "strip_accents": false, "lowercase": false}"#,
            "Hé\tLo 中", "Hé\tLo 中"
        ),
        (#"{"type": "Nmt"}"#, "a\u{1}b\tc\u{200B}d\u{FEFF}e\u{A0}f", "ab c d e\u{A0}f"),
        (#"{"type": "ByteLevel"}"#, "é a", "Ã©Ġa"),
        (
            #"{"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]}"#,
            "ＡＢ①", "ab1"
        ),
    ]

    @Test("every normalizer writes what the Rust library writes", arguments: cases)
    func normalizes(section: String, text: String, expected: String) throws {
        let normalizer = try Normalizers.load(FileSection.parsing(section))
        var normalized = NormalizedText(bytes: Array(text.utf8), beginsAtOrigin: true)
        normalizer.apply(to: &normalized)
        #expect(normalized.bytes == Array(expected.utf8))
    }

    @Test("a table of replacements takes the shortest entry that a character begins with")
    func precompiled() throws {
        // A unit of the double array holds its label in the low byte, bit 8 where a token ends
        // there, and from bit 10 on what its place is combined with to find its children. The root
        // leads to "a" (0x61), whose value lies at 0x61 ^ 1 and is 0: the place of "xy".
        var units = [UInt32](repeating: 0, count: 0x62)
        units[0x61] = 0x61 | 1 << 8 | 1 << 10
        units[0x60] = 1 << 31
        let bytes = ([UInt32(units.count * 4)] + units).flatMap { unit in
            (0..<4).map { UInt8(truncatingIfNeeded: unit >> (8 * $0)) }
        }
        let charsmap = Data(bytes + Array("xy\u{0}".utf8)).base64EncodedString()
        let normalizer = try Normalizers.load(
            FileSection.parsing(
                #"{"type": "Precompiled", "precompiled_charsmap": "\#(charsmap)"}"#
            )
        )
        var text = NormalizedText(bytes: Array("bab".utf8), beginsAtOrigin: true)
        normalizer.apply(to: &text)
        #expect(String(decoding: text.bytes, as: UTF8.self) == "bxyb")
    }
}

extension FileSection {
    /// A section made of a text.
    static func parsing(_ text: String) throws -> FileSection {
        FileSection(path: "test.json", key: "", value: try JSONValue(parsing: text))
    }
}
