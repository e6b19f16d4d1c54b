import ChatTemplates
import Foundation
import PreferenceData
import TestSupport
import Testing
import Tokenizers

/// Rows as the model sees them.
@Suite struct RowPreviewTests {
    /// Words, a newline, and the three bytes of € as tokens of their own.
    private static let tokenizer = """
        {"version": "1.0", "normalizer": null, "post_processor": null,
        "added_tokens": [{"id": 0, "content": "<end>", "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": true}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
        "use_regex": true},
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
        "use_regex": true},
        "model": {"type": "BPE", "merges": [], "vocab":
        {"<end>": 0, "a": 1, "b": 2, "c": 3, "Ġ": 4, "Ċ": 5, "â": 6, "Ĥ": 7, "¬": 8}}}
        """

    /// Reads one line of a file, and shows it as an example says.
    private func preview(
        _ example: PreferenceExample,
        _ settings: DataSettings = DataSettings(),
        template: String = plainTemplate
    ) throws -> RowPreview {
        let folder = try TemporaryFolder()
        let tokenizer = try Tokenizer(file: folder.write("tokenizer.json", Self.tokenizer))
        let previewer = RowPreviewer(
            processor: TextProcessor(tokenizer, template: try ChatTemplate(template)),
            tokenizer: tokenizer,
            settings: settings
        )
        var reader = try RowReader([.path(folder.write("rows.jsonl", "{}"))])
        let row = try #require(try reader.next())
        return try previewer.preview(example, of: row)
    }

    /// A section as text: `|` between pieces, scored ones in brackets.
    private func text(_ section: RowPreview.Section) -> String {
        section.pieces.map { $0.isScored ? "[\($0.text)]" : $0.text }.joined(separator: "|")
    }

    @Test("a pair is its trunk and two answers; characters of several tokens are one piece")
    func pair() throws {
        let preview = try preview(
            PreferenceExample(
                prompt: .text("a \n"),
                chosen: .text("b€<end>"),
                rejected: .text("b\u{7}c<end>")
            )
        )
        #expect(preview.source.line == 1)
        #expect(preview.sections.map(\.title) == ["trunk", "chosen", "rejected"])
        #expect(preview.sections.map(text) == ["a|·|␊|[b]", "[€]|[<end>]", "[c]|[<end>]"])
        #expect(preview.sections[1].pieces[0].ids == [6, 7, 8])
        #expect(preview.sections[1].pieces.map(\.isSpecial) == [false, true])
        #expect(preview.sections[0].pieces.map(\.endsLine) == [false, false, true, false])
        // The answers begin alike, inside the trunk.
        #expect(
            preview.sections.map { $0.pieces.map(\.beginsAnswer) }
                == [[false, false, false, true], [false, false], [false, false]]
        )
        #expect(preview.sections.map(\.tokenCount) == [4, 4, 2])
        #expect(
            preview.facts == ["prompt 3 tokens", "chosen 5 (5 scored)", "rejected 3 (3 scored)"]
        )
        // The tokenizer alone knows no end of a text.
        #expect(preview.warnings == ["2 answers without an end"])
    }

    @Test("K answers and one labelled answer have their own titles, and cuts are told")
    func others() throws {
        var ranked = PreferenceExample(
            prompt: .tokens([1, 2]),
            answers: [.tokens([3, 3, 3]), .tokens([2]), .tokens([1])],
            judgement: .ranked([0, 1, 1])
        )
        ranked.weight = 2
        ranked.margin = 0.5
        let preview = try preview(ranked, DataSettings(maximumLength: 4))
        #expect(
            preview.sections.map(\.title)
                == ["trunk", "answer 1, rank 1", "answer 2, rank 2", "answer 3, rank 2"]
        )
        #expect(preview.facts.suffix(2) == ["weight 2.0", "margin 0.5"])
        #expect(
            preview.warnings
                == [
                    "answer 1, rank 1 lost 0 tokens of the prompt and 1 of the answer, its end with them"
                ]
        )
        let labelled = try self.preview(
            PreferenceExample(
                prompt: .tokens([1]),
                answers: [.tokens([2, 3])],
                judgement: .labelled(false)
            )
        )
        #expect(labelled.sections.map(\.title) == ["trunk", "unwanted completion"])
        #expect(labelled.sections.map(text) == ["a", "[b]|[c]"])
    }

    @Test("what leaves nothing to score has its own reason, at once or after the cut")
    func nothingScored() throws {
        func reason(_ limit: Int?, _ answer: [ChatMessage]) -> DataError.Reason? {
            #expect(throws: DataError.Reason.self) {
                try preview(
                    PreferenceExample(
                        prompt: .messages(turns("a")),
                        answers: [.messages(answer)],
                        judgement: .labelled(true)
                    ),
                    DataSettings(maximumLength: limit, scoredTokens: .assistant),
                    template: "{% for m in messages %}{{ m.content }}{% endfor %}"
                )
            }
        }
        // "a" and "bb" by the user: no turn of the assistant.
        #expect(reason(nil, turns("bb")) == .nothingScored(key: "completion"))
        // "a", "bb", and "c" by the assistant, which is cut.
        let cut = turns("bb", "c")
        #expect(reason(3, cut) == .nothingScored(key: "completion"))
        #expect(DataError.Reason.nothingScored(key: "completion").kind == .nothingScored)
    }
}
