import ChatTemplates
import Foundation
import PreferenceData
import TestSupport
import Testing
import Tokenizers

/// The tokenizer and template of a folder.
@Suite struct TextProcessorTests {
    /// A tokenizer of two words.
    private static let tokenizer = """
        {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null,
        "decoder": null, "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "?": 2}, "unk_token": "?"}}
        """

    private func folder(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        _ = try folder.write("tokenizer.json", Self.tokenizer)
        for (name, text) in files { _ = try folder.write(name, text) }
        return folder
    }

    private func encode(_ processor: TextProcessor) throws -> EncodedExample {
        try ExampleEncoder(processor: processor, settings: DataSettings())
            .pair(turns("a"), answer("a"), answer("b"))
    }

    @Test("a folder's template is used, and sees the special tokens")
    func folderTemplate() throws {
        let folder = try folder([
            "tokenizer_config.json": #"{"bos_token": "b", "eos_token": "a"}"#,
            "chat_template.jinja":
                "{{ bos_token }}{% for m in messages %} {{ m.content }}{% endfor %}",
        ])
        let encoded = try encode(TextProcessor(folder: folder.url))
        // "b a a" and "b a b".
        #expect(encoded.sequences.map(\.tokens) == [[1, 0, 0], [1, 0, 1]])
        #expect(encoded.promptLength == 2)
    }

    @Test("another template goes before the folder's")
    func otherTemplate() throws {
        let folder = try folder(["chat_template.jinja": "a a a"])
        let file = try folder.write("other.jinja", "{{ messages[-1].content }}")
        let encoded = try encode(TextProcessor(folder: folder.url, chatTemplate: file))
        #expect(encoded.sequences.map(\.tokens) == [[0], [1]])
    }

    @Test(
        "a folder's template that is missing or broken is told when a conversation comes",
        arguments: [
            ([:], nil), (["tokenizer_config.json": "{}"], nil),
            (["chat_template.jinja": "{% if %}"], "line 1"),
        ] as [([String: String], String?)]
    )
    func missing(files: [String: String], words: String?) throws {
        let folder = try folder(files)
        let processor = try TextProcessor(folder: folder.url)
        let error = #expect(throws: DataError.Reason.self) { try encode(processor) }
        guard case .templateMissing(let problem)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        if let words { #expect(problem?.contains(words) == true) }
    }

    @Test("a broken template that was asked for is an error at once")
    func brokenTemplate() throws {
        let folder = try folder([:])
        let file = try folder.write("other.jinja", "{% if %}")
        #expect(throws: ChatTemplateError.self) {
            try TextProcessor(folder: folder.url, chatTemplate: file)
        }
    }
}
