import Foundation
import TestSupport
import Testing

@testable import Tokenizers

struct TokenizerFolderTests {
    private static let model = #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#

    @Test("tokens with a role are read as texts or as objects")
    func roles() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("tokenizer.json", Self.model)
        _ = try folder.write(
            "tokenizer_config.json",
            #"{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "#
                + #""unk_token": null}"#
        )
        _ = try folder.write(
            "special_tokens_map.json",
            #"{"eos_token": "other", "pad_token": "<pad>"}"#
        )
        let tokenizer = try Tokenizer(folder: folder.url)
        #expect(tokenizer.beginningOfText == "<s>")
        #expect(tokenizer.endOfText == "</s>")
        #expect(tokenizer.paddingToken == "<pad>")
        #expect(tokenizer.unknownToken == nil)
    }

    @Test("a folder may have no configuration")
    func noConfiguration() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("tokenizer.json", Self.model)
        #expect(try Tokenizer(folder: folder.url).endOfText == nil)
    }

    @Test("a token with a role that is no text is an error")
    func wrongRole() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("tokenizer.json", Self.model)
        let file = try folder.write("tokenizer_config.json", #"{"bos_token": 3}"#)
        let error = try #require(throws: TokenizerError.self) {
            try Tokenizer(folder: folder.url)
        }
        #expect(error.path == file.path)
        #expect(error.key == "bos_token")
    }

    /// A byte-level vocabulary of single characters, "ab" and "Ġab".
    private func vocabularyFolder(configuration: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let known = TokenizerTests.byteLevelVocabulary.dropLast()
        _ = try folder.write("vocab.json", known + #", "ab": 257}"#)
        _ = try folder.write("merges.txt", "#version: 0.2\na b\nĠ ab\n")
        _ = try folder.write("tokenizer_config.json", configuration)
        return folder
    }

    @Test("vocab.json and merges.txt make a tokenizer, with the tokens of the configuration")
    func older() throws {
        let folder = try vocabularyFolder(
            configuration: #"""
                {"tokenizer_class": "GPT2Tokenizer", "added_tokens_decoder":
                {"258": {"content": "<|end|>", "special": true}}, "eos_token": "<|end|>",
                "pad_token": "<pad>"}
                """#
        )
        let tokenizer = try Tokenizer(folder: folder.url)
        #expect(tokenizer.encode("ab ab<|end|><pad>") == [257, 256, 258, 259])
        #expect(tokenizer.decode([257, 256, 258]) == "ab ab<|end|>")
        #expect(tokenizer.decode([257, 258, 259], skippingSpecialTokens: true) == "ab")
        #expect(tokenizer.endOfText == "<|end|>")
        #expect(tokenizer.vocabularySize == 260)
    }

    @Test("added_tokens.json counts where the configuration does not list its tokens")
    func addedTokensFile() throws {
        let folder = try vocabularyFolder(configuration: #"{"eos_token": "<y>"}"#)
        _ = try folder.write("added_tokens.json", #"{"<y>": 259, "<x>": 258}"#)
        let tokenizer = try Tokenizer(folder: folder.url)
        #expect(tokenizer.encode("<x><y>") == [258, 259])
        #expect(tokenizer.decode([258, 259], skippingSpecialTokens: true) == "<x>")
        let other = try Tokenizer(folder: folder.url, behaviour: .transformers)
        #expect(other.encode("<x><y>") == [258, 259])
    }

    @Test("a class whose way of cutting no file tells is refused")
    func unknownClass() throws {
        let folder = try vocabularyFolder(
            configuration: #"{"tokenizer_class": "BartTokenizer"}"#
        )
        let error = try #require(throws: TokenizerError.self) {
            try Tokenizer(folder: folder.url)
        }
        #expect(error.problem.contains("\"BartTokenizer\" is not known"))
    }

    @Test("an added token whose id contradicts the vocabulary is an error")
    func contradiction() throws {
        let folder = try vocabularyFolder(
            configuration: #"{"added_tokens_decoder": {"300": {"content": "<|end|>"}}}"#
        )
        let error = try #require(throws: TokenizerError.self) {
            try Tokenizer(folder: folder.url)
        }
        #expect(error.key == "added_tokens_decoder.300")
    }

    @Test("a damaged line of merges.txt is named")
    func damagedMerges() throws {
        let folder = try vocabularyFolder(configuration: "{}")
        _ = try folder.write("merges.txt", "#version: 0.2\na b\na\n")
        let error = try #require(throws: TokenizerError.self) {
            try Tokenizer(folder: folder.url)
        }
        #expect(error.key == "line 3")
    }

    @Test(
        "Qwen 2's older files give the ids of its tokenizer.json",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)")
    )
    func qwen2() throws {
        let tokenizer = try Tokenizer(folder: Conformance.file("tokenizers/qwen2-base"))
        #expect(tokenizer.vocabularySize == 151_646)
        #expect(tokenizer.id(ofToken: "<|im_end|>") == 151_645)
        #expect(tokenizer.endOfText == "<|im_end|>")
        let rows = try GoldenRow.rows(of: Conformance.file("goldens/tokenizers/qwen2.5.jsonl"))
        // Later tokens than these three are not in the older files.
        for row in rows where row.ids.allSatisfy({ $0 < 151_646 }) {
            #expect(tokenizer.encode(row.text) == row.ids)
        }
    }
}
