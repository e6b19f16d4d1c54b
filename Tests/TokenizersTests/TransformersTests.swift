import Foundation
import TestSupport
import Testing

@testable import Tokenizers

struct TransformersTests {
    @Test("the class that transformers takes follows from what files declare")
    func choice() {
        typealias Choice = TransformersClass.Choice
        func choose(_ name: String?, _ type: String? = nil, isByteLevel: Bool = false) -> Choice {
            TransformersClass.choose(declared: name, modelType: type, isByteLevel: isByteLevel)
        }
        #expect(choose("LlamaTokenizer") == .known(.llama))
        #expect(choose("LlamaTokenizerFast", "llama") == .known(.llama))
        #expect(choose("LlamaTokenizer", isByteLevel: true) == .file)
        // Registered with the general class, whatever the folder declares.
        #expect(choose("LlamaTokenizer", "mistral") == .file)
        #expect(choose("LlamaTokenizer", "phi3") == .file)
        // Not believed, and replaced.
        #expect(choose("LlamaTokenizer", "qwen2") == .known(.qwen2))
        // Believed, though another one is registered.
        #expect(choose("LlamaTokenizer", "gpt2") == .known(.llama))
        #expect(choose("PreTrainedTokenizerFast", "gpt2") == .file)
        #expect(choose("TokenizersBackend") == .file)
        #expect(choose("NoSuchTokenizer") == .file)
        #expect(choose("BertTokenizer") == .unknown("BertTokenizer"))
        #expect(choose(nil, "qwen3") == .known(.qwen2))
        #expect(choose(nil, "minimind") == .file)
        #expect(choose(nil) == .file)
    }

    /// A vocabulary in the manner of SentencePiece, by a file that puts a blank before every part.
    private static let sentencePiece = #"""
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "model": {"type": "BPE", "unk_token": "<u>", "vocab": {"▁": 0, "a": 1, "b": 2, "<u>": 3,
        "▁a": 4}, "merges": ["▁ a"]},
        "added_tokens": [{"id": 5, "content": "<e>", "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": true}]}
        """#

    private func folder(_ configuration: String, _ file: String = sentencePiece) throws
        -> TemporaryFolder
    {
        let folder = try TemporaryFolder()
        _ = try folder.write("tokenizer.json", file)
        _ = try folder.write("tokenizer_config.json", configuration)
        return folder
    }

    private static let roles = #""unk_token": "<u>", "bos_token": null, "eos_token": "<e>""#

    @Test("Llama's class puts a blank before a text only, and drops what is unknown")
    func llama() throws {
        let folder = try folder(#"{"tokenizer_class": "LlamaTokenizer", \#(Self.roles)}"#)
        let file = try Tokenizer(folder: folder.url)
        let other = try Tokenizer(folder: folder.url, behaviour: .transformers)
        #expect(file.encode("a<e>a") == [4, 5, 4])
        #expect(other.encode("a<e>a") == [4, 5, 1])
        #expect(file.encode("ac") == [4, 3])
        #expect(other.encode("ac") == [4])
        #expect(try file.differingInTransformers(folder: folder.url) != nil)
    }

    @Test("Llama's switches choose where blanks go")
    func llamaSwitches() throws {
        let legacy = try folder(
            #"{"tokenizer_class": "LlamaTokenizer", "legacy": true, \#(Self.roles)}"#
        )
        let tokenizer = try Tokenizer(folder: legacy.url, behaviour: .transformers)
        #expect(tokenizer.encode("a<e>a") == [4, 5, 4])
        let never = try folder(
            #"{"tokenizer_class": "LlamaTokenizer", "add_prefix_space": false, \#(Self.roles)}"#
        )
        #expect(try Tokenizer(folder: never.url, behaviour: .transformers).encode("a") == [1])
    }

    @Test("tokens beside the file count for transformers, not for the file")
    func addedTokens() throws {
        let configurations = [
            #"{"added_tokens_decoder": {"6": {"content": "<x>", "special": true}}}"#,
            #"{"extra_special_tokens": ["<x>"]}"#, #"{"additional_special_tokens": ["<x>"]}"#,
            #"{"extra_special_tokens": {"image_token": "<x>"}}"#, #"{"image_token": "<x>"}"#,
            #"{"eos_token": "<x>"}"#,
            #"{"eos_token": {"content": "<x>", "__type": "AddedToken"}}"#,
        ]
        for configuration in configurations {
            let folder = try folder(configuration)
            let file = try Tokenizer(folder: folder.url)
            let other = try Tokenizer(folder: folder.url, behaviour: .transformers)
            #expect(file.encode("<x>") == [0, 3, 3, 3])
            #expect(other.encode("<x>") == [6], "\(configuration)")
            #expect(other.decode([6], skippingSpecialTokens: true) == "")
            #expect(try file.differingInTransformers(folder: folder.url) != nil)
        }
    }

    @Test("files of older versions count where the newer list is not there")
    func olderFiles() throws {
        let older = try folder(#"{"eos_token": "<y>"}"#)
        _ = try older.write("special_tokens_map.json", #"{"eos_token": "<x>"}"#)
        _ = try older.write("added_tokens.json", #"{"<z>": 6}"#)
        let tokenizer = try Tokenizer(folder: older.url, behaviour: .transformers)
        #expect(tokenizer.endOfText == "<x>")
        #expect(tokenizer.id(ofToken: "<z>") == 6)
        #expect(tokenizer.id(ofToken: "<x>") == 7)
        #expect(try Tokenizer(folder: older.url).endOfText == "<y>")

        let newer = try folder(#"{"eos_token": "<y>", "added_tokens_decoder": {}}"#)
        _ = try newer.write("special_tokens_map.json", #"{"eos_token": "<x>"}"#)
        #expect(try Tokenizer(folder: newer.url, behaviour: .transformers).endOfText == "<y>")
    }

    @Test("a class that builds what the file says makes no difference")
    func sameAgain() throws {
        let folder = try folder(
            #"{"tokenizer_class": "GPT2Tokenizer", "eos_token": "a", "bos_token": null, "#
                + #""unk_token": null}"#,
            #"""
            {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets":
            false}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": null},
            "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
            "added_tokens": [{"id": 0, "content": "a", "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true}]}
            """#
        )
        let file = try Tokenizer(folder: folder.url)
        #expect(try file.differingInTransformers(folder: folder.url) == nil)
    }

    @Test("blanks before punctuation go where a model is not one of merges")
    func cleanUp() throws {
        let file = #"""
            {"model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": 1, ".": 2,
            "do": 3, "not": 4}}}
            """#
        let cleaning = try folder(#"{"clean_up_tokenization_spaces": true}"#, file)
        let tokenizer = try Tokenizer(folder: cleaning.url, behaviour: .transformers)
        #expect(tokenizer.decode([1, 3, 4, 2]) == "a do not.")
        let merging = try folder(
            #"{"clean_up_tokenization_spaces": true}"#,
            #"{"model": {"type": "BPE", "vocab": {"a": 0, ".": 1}, "merges": []}}"#
        )
        let other = try Tokenizer(folder: merging.url, behaviour: .transformers)
        #expect(other.decode([0, 1]) == "a .")
    }

    @Test("points in time are left out of what is decoded")
    func timestamps() {
        let decoder = TransformersDecoder(base: nil, steps: [.timestamps])
        var texts = TokenTexts()
        texts.append("<|0.02|>a<|1|><|1.|><|<|12.50|>b".utf8)
        #expect(String(decoding: decoder.decode(texts).bytes, as: UTF8.self) == "a<|1|><|1.|><|b")
    }

    @Test("a class with ways that are not known here is refused, and no other behaviour needs it")
    func unknownClass() throws {
        let folder = try folder(#"{"tokenizer_class": "BertTokenizer"}"#)
        let file = try Tokenizer(folder: folder.url)
        let error = try #require(throws: TokenizerError.self) {
            try Tokenizer(folder: folder.url, behaviour: .transformers)
        }
        #expect(error.key == "tokenizer_class")
        #expect(error.problem.contains("\"BertTokenizer\" is not known here"))
        #expect(throws: TokenizerError.self) {
            try file.differingInTransformers(folder: folder.url)
        }
    }

    @Test("what is damaged beside the file is named with its place")
    func damaged() throws {
        let cases = [
            (#"{"added_tokens_decoder": {"x": {"content": "a"}}}"#, "added_tokens_decoder.x"),
            (#"{"added_tokens_decoder": {"6": "a"}}"#, "added_tokens_decoder.6"),
            (#"{"extra_special_tokens": [1]}"#, "extra_special_tokens[0]"),
            (#"{"split_special_tokens": true}"#, "split_special_tokens"),
            (#"{"tokenizer_class": "WhisperTokenizer", "language": "en"}"#, "language"),
            (#"{"tokenizer_class": "T5Tokenizer"}"#, "model.vocab"),
            (#"{"tokenizer_class": "T5Tokenizer", "extra_ids": 99999999}"#, "extra_ids"),
            (#"{"tokenizer_class": 3}"#, "tokenizer_class"),
        ]
        for (configuration, key) in cases {
            let folder = try folder(configuration)
            let error = try #require(throws: TokenizerError.self) {
                try Tokenizer(folder: folder.url, behaviour: .transformers)
            }
            #expect(error.key == key)
        }
    }
}
