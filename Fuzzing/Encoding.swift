import OrderedJSON

@testable import Tokenizers

/// Tokenizers of all kinds of models, small and whole.
private enum Samples {
    /// GPT-2's characters for the bytes, and a few merges.
    private static let byteLevelModel: String = {
        var next: UInt32 = 0x100
        var tokens = (UInt32(0)..<256).compactMap { byte -> String? in
            let isPrintable = 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || byte >= 0xAE
            defer { next += isPrintable ? 0 : 1 }
            return Unicode.Scalar(isPrintable ? byte : next).map { String(Character($0)) }
        }
        tokens += ["th", "the", "Ġt", "Ġthe", "ing", "in", "ĠĠ"]
        let vocabulary = tokens.enumerated().map { ($0.element, JSONValue.integer($0.offset)) }
        let model: JSONValue = [
            "type": "BPE", "vocab": .object(JSONObject(vocabulary)),
            "merges": ["t h", "th e", "Ġ t", "Ġ the", "i n", "in g", "Ġ Ġ"],
        ]
        return model.text
    }()

    private static let byteLevel =
        #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": "#

    private static let split =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+"#
        + #"[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#

    private static let bytes = (0..<256).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(byte < 16 ? "0" : "")\(digits)>"
    }

    /// Those that give every text back.
    static let lossless = tokenizers([
        #"{"pre_tokenizer": \#(byteLevel)true}, "model": \#(byteLevelModel), "#
            + #""decoder": \#(byteLevel)true}}"#,
        #"{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "#
            + #""pattern": {"Regex": "\#(split)"}, "behavior": "Isolated", "invert": false}, "#
            + #"\#(byteLevel)false}]}, "model": \#(byteLevelModel), "#
            + #""decoder": \#(byteLevel)true}}"#,
        // The same pattern by the general engine: an empty group keeps it from being known.
        #"{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "#
            + #""pattern": {"Regex": "(?:)\#(split)"}, "behavior": "Isolated", "invert": false}, "#
            + #"\#(byteLevel)false}]}, "model": \#(byteLevelModel), "#
            + #""decoder": \#(byteLevel)true}}"#,
    ])

    static let lossy = tokenizers([
        #"""
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
        "vocab": {"<unk>": 0, "▁": 1, "a": 2, "b": 3, "▁a": 4, "ab": 5, "▁▁": 6}, "merges": ["▁ a",
        "a b", "▁ ▁"]}, "decoder": {"type": "Sequence", "decoders": [{"type": "Replace",
        "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}, "added_tokens": [
        {"id": 7, "content": "<s>", "single_word": false, "lstrip": true, "rstrip": true,
        "normalized": false, "special": true}, {"id": 8, "content": "ba", "single_word": true,
        "lstrip": false, "rstrip": false, "normalized": true, "special": false}]}
        """#,
        #"{"normalizer": {"type": "NFKC"}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": "#
            + #"[{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "#
            + #""prepend_scheme": "always"}]}, "model": {"type": "Unigram", "unk_id": 0, "#
            + #""byte_fallback": true, "vocab": [["<unk>", 0], ["▁", -2], ["a", -3], ["▁a", -3.5], "#
            + #"["ab", -4], ["é", -5], "#
            + bytes.map { #"["\#($0)", -9]"# }.joined(separator: ", ")
            + #"]}, "decoder": {"type": "Metaspace", "replacement": "▁"}}"#,
        #"""
        {"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
        "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "##a": 2, "##b": 3, "你": 4,
        "ab": 5}}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true}}
        """#,
        #"""
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": true,
        "strip_right": true}, {"type": "Nmt"}, {"type": "NFD"}, {"type": "StripAccents"},
        {"type": "Lowercase"}]}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Whitespace"}, {"type": "Punctuation"}, {"type": "Digits", "individual_digits":
        true}, {"type": "UnicodeScripts"}, {"type": "FixedLength", "length": 3}]},
        "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": 1}}}
        """#,
    ])

    private static func tokenizers(_ files: [String]) -> [Tokenizer] {
        files.map { file in
            do {
                let section = FileSection(
                    path: "fuzz",
                    key: "",
                    value: try JSONValue(parsing: file)
                )
                return Tokenizer(pipeline: try Pipeline(section), names: SpecialTokenNames())
            } catch {
                fatalError("\(error)")
            }
        }
    }
}

/// An arbitrary text, there and back, whole and streamed.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEncoding(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    for tokenizer in Samples.lossless {
        let decoded = tokenizer.decode(tokenizer.encode(text))
        precondition(decoded.utf8.elementsEqual(text.utf8), "\(decoded.debugDescription)")
    }
    for tokenizer in Samples.lossless + Samples.lossy {
        let ids = tokenizer.encode(text)
        precondition(ids.allSatisfy { 0..<tokenizer.vocabularySize ~= Int($0) })
        precondition(ids == tokenizer.encode(text), "the second time gives other ids")
        _ = tokenizer.decode(ids, skippingSpecialTokens: true)
        guard ids.count < 200 else { continue }
        var decoder = StreamingDecoder(tokenizer)
        for id in ids { _ = decoder.append(id) }
        _ = decoder.finish()
    }
    return 0
}
