import Files
import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import Tokenizers

struct TokenizerErrorTests {
    /// What stands in the file (with `model` around it where it begins with a model's key), and
    /// what the error says of the place and the problem.
    static let cases: [(file: String, key: String, problem: String)] = [
        ("[]", "", "an object is expected, found a list"),
        ("{}", "model", "missing"),
        (#"{"version": "2.0"}"#, "version", "\"2.0\""),
        (#"{"model": 3}"#, "model", "an object is expected"),
        (#"{"model": {"type": "GPT"}}"#, "model.type", "\"GPT\" is not one of \"BPE\""),
        (#"{"model": {"type": "BPE", "merges": []}}"#, "model.vocab", "missing"),
        (#"{"model": {"type": "BPE", "vocab": {}}}"#, "model.merges", "missing"),
        (#"{"model": {"type": "BPE", "vocab": [], "merges": []}}"#, "model.vocab", "an object"),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, "model.vocab",
            "the id of \"a\" is -1"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 99999999999}, "merges": []}}"#,
            "model.vocab", "allowed are 0 to"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 1.5}, "merges": []}}"#, "model.vocab",
            "the id of \"a\" is 1.5"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}"#,
            "model.merges[0]", "\"b\" is not in the vocabulary"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}"#,
            "model.merges[0]", "\"ab\" is not in the vocabulary"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}"#,
            "model.merges[0]", "two tokens with a blank between them"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a", ["a"]]}}"#,
            "model.merges[1]", "a string is expected"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}}"#,
            "model.merges[0]", "two tokens are expected"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {}, "merges": {}}}"#, "model.merges",
            "a list of merges is expected, found an object"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {}, "merges": [], "dropout": 2}}"#,
            "model.dropout", "not between 0 and 1"
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {}, "merges": [], "fuse_unk": 1}}"#,
            "model.fuse_unk", "true or false is expected, found a number"
        ),
        (
            #"""
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]],
            "continuing_subword_prefix": "##"}}
            """#, "model.merges[0]", "does not begin with continuing_subword_prefix"
        ),
        (
            #"{"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1}}"#,
            "model.unk_id", "beyond the vocabulary of 1 tokens"
        ),
        (#"{"model": {"type": "Unigram", "vocab": [["a"]]}}"#, "model.vocab[0]", "a token and its"),
        (
            #"{"model": {"type": "Unigram", "vocab": [["a", "b"]]}}"#, "model.vocab[0][1]",
            "a number is expected"
        ),
        (
            #"{"model": {"type": "WordPiece", "vocab": {}, "unk_token": "u"}}"#,
            "model.continuing_subword_prefix", "missing"
        ),
        (#"{"model": {"type": "WordLevel", "vocab": {}}}"#, "model.unk_token", "missing"),
        (#"{"normalizer": {"type": "NFX"}}"#, "normalizer.type", "\"NFX\" is not one of"),
        (#"{"normalizer": {}}"#, "normalizer.type", "missing"),
        (
            #"{"normalizer": {"type": "Sequence", "normalizers": [{"type": "Strip"}]}}"#,
            "normalizer.normalizers[0].strip_left", "missing"
        ),
        (
            #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "!"}}"#,
            "normalizer.precompiled_charsmap", "not base64"
        ),
        (
            #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="}}"#,
            "normalizer.precompiled_charsmap", "there are 0"
        ),
        (
            #"{"pre_tokenizer": {"type": "ByteLevel"}}"#, "pre_tokenizer.trim_offsets", "missing"
        ),
        (
            #"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a"},
            "behavior": "Isolated", "invert": false}}
            """#, "pre_tokenizer.pattern.Regex", "a group is not closed"
        ),
        (
            #"""
            {"pre_tokenizer": {"type": "Split", "pattern": {},
            "behavior": "Isolated", "invert": false}}
            """#, "pre_tokenizer.pattern", "{\"String\": …} or {\"Regex\": …}"
        ),
        (
            #"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"String": "a"},
            "behavior": "Apart", "invert": false}}
            """#, "pre_tokenizer.behavior", "\"Apart\" is not one of \"Removed\""
        ),
        (
            #"{"pre_tokenizer": {"type": "Metaspace", "replacement": "ab"}}"#,
            "pre_tokenizer.replacement", "one character is expected, found \"ab\""
        ),
        (
            #"{"pre_tokenizer": {"type": "FixedLength", "length": 0}}"#,
            "pre_tokenizer.length", "0 is no length"
        ),
        (
            #"""
            {"model": {"type": "BPE", "vocab": {}, "merges": []}, "post_processor":
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x", "type_id": 0}}],
            "pair": [], "special_tokens": {}}}
            """#, "post_processor.single[0].SpecialToken.id", "not one of special_tokens"
        ),
        (
            #"""
            {"model": {"type": "BPE", "vocab": {}, "merges": []}, "post_processor":
            {"type": "BertProcessing", "sep": ["a"], "cls": ["a", 1]}}
            """#, "post_processor.sep", "a token and its id are expected"
        ),
        (
            #"""
            {"model": {"type": "BPE", "vocab": {}, "merges": []},
            "decoder": {"type": "Strip", "content": " ", "start": -1, "stop": 0}}
            """#, "decoder.start", "an integer from 0 is expected, found -1"
        ),
        (
            #"""
            {"model": {"type": "BPE", "vocab": {}, "merges": []},
            "added_tokens": [{"id": 0, "content": "a"}]}
            """#, "added_tokens[0].single_word", "missing"
        ),
        (
            #"""
            {"normalizer": {"type": "Lowercase"},
            "model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": [
            {"id": 0, "content": "A", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": true, "special": false},
            {"id": 1, "content": "a", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": true, "special": false}]}
            """#, "added_tokens", "normalized, is empty or equals another token"
        ),
    ]

    @Test("what a file has wrong is named with its place", arguments: cases)
    func names(file: String, key: String, problem: String) throws {
        let error = try #require(throws: TokenizerError.self) { try Tokenizer(text: file) }
        #expect(error.key == key)
        #expect(error.problem.contains(problem), "\(error.problem)")
        #expect(!error.description.contains("\n"))
        #expect(error.description.hasPrefix("test.json"))
    }

    @Test("every cut of a file is an error, and none stops the program")
    func cutFiles() throws {
        let folder = try TemporaryFolder()
        let text = try #require(TokenizerTests.cases.last?.file)
        let whole = Array(text.utf8)
        for count in stride(from: 0, to: whole.count, by: 7) {
            let file = try folder.write("tokenizer.json", Data(whole[..<count]))
            #expect {
                try Tokenizer(file: file)
            } throws: {
                $0 is any InputError
            }
        }
    }

    @Test("a folder without a tokenizer says which file is missing")
    func emptyFolder() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: FileError.self) { try Tokenizer(folder: folder.url) }
        #expect(error.description.contains("tokenizer.json"))
    }

    @Test(
        "a file that the Rust library refuses is refused",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)")
    )
    func refused() throws {
        #expect(throws: TokenizerError.self) {
            try Tokenizer(folder: Conformance.file("tokenizers/added-tokens"))
        }
    }

    @Test("values of wrong kinds anywhere in a file are errors, never a stop", arguments: 0..<6)
    func wrongKinds(replacement: Int) throws {
        let values: [JSONValue] = [.null, true, 7, "x", [1], ["x": 1]]
        for example in TokenizerTests.cases {
            let file = try JSONValue(parsing: example.file)
            for changed in file.replacements(by: values[replacement]) {
                let section = FileSection(path: "test.json", key: "", value: changed)
                do {
                    let pipeline = try Pipeline(section)
                    let tokenizer = Tokenizer(pipeline: pipeline, names: SpecialTokenNames())
                    _ = tokenizer.decode(tokenizer.encode("ab é"))
                } catch {
                    #expect(error is any InputError, "\(error)")
                }
            }
        }
    }
}

extension JSONValue {
    /// This value with each of its parts replaced once.
    fileprivate func replacements(by value: JSONValue) -> [JSONValue] {
        var results = [value]
        switch self {
        case .array(let elements):
            for (index, element) in elements.enumerated().prefix(3) {
                for part in element.replacements(by: value) {
                    var changed = elements
                    changed[index] = part
                    results.append(.array(changed))
                }
            }
        case .object(let object):
            for (index, member) in object.members.enumerated().prefix(10) {
                for part in member.value.replacements(by: value) {
                    var changed = object
                    changed.members[index].value = part
                    results.append(.object(changed))
                }
            }
        default: break
        }
        return results
    }
}
