import ChatTemplates
import Files
import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing
import Tokenizers

/// Which tokens are scored.
@Suite struct ScoredTokensTests {
    private func encoder(
        _ scored: ScoredTokens,
        _ template: String = plainTemplate,
        joins: Bool = false
    ) throws -> ExampleEncoder {
        try ExampleEncoder(
            template: template,
            encoder: ScalarEncoder(beginning: nil, joins: joins),
            DataSettings(scoredTokens: scored)
        )
    }

    @Test("each choice scores what it says")
    func choices() throws {
        func scored(_ choice: ScoredTokens) throws -> [String] {
            let encoded = try encoder(
                choice,
                "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}"
                    + "{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}</s>"
                    + "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
            ).pair(turns("Q", "R", "S"), answer("yes"), answer("no"))
            // 6 + 2, 11 + 2, 6 + 2 and 11: </s> is one token.
            #expect(encoded.promptLength == 40)
            return encoded.sequences[1].scoredTexts
        }
        #expect(try scored(.answer) == ["no</s>"])
        #expect(try scored(.assistant) == ["R</s>", "no</s>"])
        #expect(try scored(.generation) == ["R", "no"])
        #expect(try scored(.all) == ["user>Q</s><assistant>R</s><user>S</s><assistant>no</s>"])
    }

    @Test("a span's place is exact where the text before it ends in other tokens than the whole")
    func boundary() throws {
        // As with GPT-2: newlines are one token each before a word, and together one at the end.
        struct Newlines: TextEncoder {
            let endOfText: String? = nil
            let vocabularySize = 1000
            func encode(_ text: String, addingSpecialTokens: Bool) -> [Int32] {
                let scalars = ids(text)
                let end = scalars.count - scalars.reversed().prefix { $0 == 10 }.count
                return scalars[..<end]
                    + (end < scalars.count ? [Int32(500 + scalars.count - end)] : [])
            }
        }
        let encoded = try ExampleEncoder(
            template: "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
                + "{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}"
                + "{% endfor %}",
            encoder: Newlines(),
            DataSettings(scoredTokens: .generation)
        ).pair(turns("Q\n\n"), answer("yes"), answer("\nno"))
        // Q and two newlines stand before "yes".
        #expect(encoded.sequences[0].scored == [3..<6])
        #expect(encoded.sequences[1].scored == [3..<6])
    }

    @Test("rows of text and of token ids have one turn, the answer, and no spans")
    func otherRows() throws {
        let rows = [
            PreferenceExample(prompt: .text("pq"), chosen: .text("c"), rejected: .text("r")),
            PreferenceExample(
                prompt: .tokens([5, 6]),
                chosen: .tokens([7]),
                rejected: .tokens([8])
            ),
        ]
        for row in rows {
            let answer = try encoder(.answer).encode(row)
            #expect(answer.sequences[0].scored == [2..<answer.sequences[0].tokens.count])
            #expect(try encoder(.assistant).encode(row) == answer)
            let all = try encoder(.all).encode(row)
            #expect(all.sequences[0].scored == [1..<answer.sequences[0].tokens.count])
            let error = #expect(throws: DataError.Reason.self) {
                try encoder(.generation).encode(row)
            }
            guard case .generationMissing? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("a template that marks nothing cannot be scored by its marks")
    func unmarked() throws {
        let error = #expect(throws: DataError.Reason.self) {
            try encoder(.generation).pair(turns("Q"), answer("yes"), answer("no"))
        }
        #expect(error == .generationMissing(found: nil))
        #expect(error?.kind == nil)
    }

    @Test("a token across the beginning of a turn is scored, and one across its end is not")
    func straddling() throws {
        // The header ends in "a", which joins a "b"; turns end in "a", which joins what follows.
        let encoded = try encoder(
            .assistant,
            "{% for m in messages %}{{ 'b.' if m.role == 'user' else ':a' }}{{ m.content }}"
                + "{{ 'a' if m.role == 'assistant' }}{% endfor %}"
                + "{% if add_generation_prompt %}:a{% endif %}",
            joins: true
        ).pair(turns("Q", "bR", "S"), answer("bx"), answer("y"))
        // b.Q:abRab.S:abxa with ab one token; turns are "bRa" and "bxa".
        #expect(encoded.sequences[0].scoredTexts == ["abR", "abxa"])
        #expect(encoded.sequences[1].scoredTexts == ["abR", "ya"])
    }

    /// Templates that change earlier turns, trim, or say something of their own.
    static let templates: [(name: String, template: String, closing: String)] = [
        ("plain", plainTemplate, "</s>"),
        (
            "thinking of earlier turns left out",
            """
            {% set ns = namespace(last=0) %}{% for m in messages %}{% if m.role == 'user' %}\
            {% set ns.last = loop.index0 %}{% endif %}{% endfor %}{% for m in messages %}<{{ m.role }}>\
            {% if '</think>' in m.content and loop.index0 < ns.last %}\
            {{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}</s>\
            {% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}
            """, "</s>"
        ),
        (
            "a default system prompt, and blanks trimmed",
            "{% if messages[0].role != 'system' %}<system>Be.</s>{% endif %}{% for m in messages %}"
                + "<{{ m.role }}>{{ m.content | trim }}\n</s>\n{% endfor %}"
                + "{% if add_generation_prompt %}<assistant>{% endif %}", "\n</s>\n"
        ),
        (
            "an end behind the last turn only",
            "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if loop.last and not "
                + "add_generation_prompt %}[END]{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}<assistant>{% endif %}", ""
        ),
        (
            "what was asked first stands at the end",
            "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}"
                + "{% if add_generation_prompt %}<assistant>{% endif %}"
                + "{{ '' if add_generation_prompt else '' }}", "</s>"
        ),
    ]

    @Test("turns are found though templates change them", arguments: templates)
    func found(name: String, template: String, closing: String) throws {
        let contents = ["A", "<think>t</think>B", "C", "  D \n"]
        let prompt = turns(contents[0], contents[1], contents[2], contents[3], "E")
        let encoded = try encoder(.assistant, template)
            .pair(prompt, answer("\n\nfoo"), answer("  foo"))
        for sequence in encoded.sequences {
            let texts = sequence.scoredTexts
            #expect(texts.count == 3)
            #expect(texts[0].hasSuffix("B" + closing))
            #expect(texts[1].contains("D") && texts[1].hasSuffix(closing))
            #expect(texts[2].contains("foo"))
            for text in texts { #expect(!text.contains("<assistant>") && !text.contains("<user>")) }
        }
    }

    @Test("a turn that cannot be found is an error that names it")
    func hidden() throws {
        // Every turn is written otherwise once others follow.
        let error = #expect(throws: DataError.Reason.self) {
            try encoder(
                .assistant,
                "{{ messages | length }}{% for m in messages %}{{ m.content | length }},{% endfor %}"
            ).pair(turns("A", "B", "C"), answer("yes"), answer("no"))
        }
        #expect(error == .turnNotFound(message: 2))
    }

    @Test("a conversation without the assistant has nothing to score, which has its own reason")
    func noAssistant() throws {
        let encoded = try encoder(.assistant)
            .pair([], turns("only the user"), turns("and again"))
        #expect(encoded.sequences.map(\.scored) == [[], []])
    }

    @Test(
        "blanks before an answer never hide its mask",
        arguments: ["", " ", "  ", "\n", " \n\t ", "ab"]
    )
    func blanks(blank: String) throws {
        for choice in [ScoredTokens.answer, .assistant] {
            let encoded = try encoder(choice, joins: true)
                .pair(turns("Q"), answer(blank + "foo"), answer(blank + "bar"))
            #expect(encoded.sequences[0].scoredTexts == [blank + "foo</s>"])
            #expect(encoded.sequences[1].scoredTexts == [blank + "bar</s>"])
        }
    }
}

/// The assistant's turns in what templates of real models write.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct RealTemplateTests {
    @Test("in no real template a turn is taken for another, and in nearly all every turn is found")
    func turnsOfRealTemplates() throws {
        var refused: [String] = []
        let folder = try Conformance.file("templates")
        for file in try FileManager.default.contentsOfDirectory(
            at: folder,
            includingPropertiesForKeys: nil
        ).sorted(by: { $0.path < $1.path }) {
            let name = file.deletingPathExtension().lastPathComponent
            var goldens = try LineReader(Conformance.file("goldens/templates/\(name).jsonl"))
            let header = try JSONValue(parsing: try #require(try goldens.next()))
            var specialTokens: [String: String] = [:]
            for (name, token) in header["special_tokens"]?.object?.members ?? [] {
                specialTokens[name] = token.string
            }
            let encoder = ExampleEncoder(
                processor: TextProcessor(
                    ScalarEncoder(beginning: nil, endOfText: nil, joins: false),
                    template: try ChatTemplate(file: file),
                    specialTokens: specialTokens
                ),
                settings: DataSettings(scoredTokens: .assistant)
            )
            // The last three leave out content that is not in parts.
            let asParts =
                header["content_as_parts"]?.bool == true || name.contains("idefics3")
                || name.contains("SmolVLM2")
            func messages(_ messages: [ChatMessage]) -> [ChatMessage] {
                messages.map { message in
                    guard asParts, let text = message.text else { return message }
                    var message = message
                    message.members["content"] = [["type": "text", "text": .string(text)]]
                    return message
                }
            }
            let encoded: EncodedExample
            do {
                encoded = try encoder.encode(
                    PreferenceExample(
                        prompt: .messages(messages(turns("uone", "aone", "utwo"))),
                        answers: [.messages(messages(answer("athree")))],
                        judgement: .labelled(true)
                    )
                )
            } catch {
                // The template needs tools, other kinds of content, or hides where turns end.
                refused.append(name)
                continue
            }
            let texts = encoded.sequences[0].scoredTexts
            #expect(texts.count == 2, "\(name)")
            #expect(texts.first?.contains("aone") == true, "\(name)")
            #expect(texts.last?.contains("athree") == true, "\(name)")
            #expect(!texts.joined().contains("uone"), "\(name)")
            #expect(!texts.joined().contains("utwo"), "\(name)")
        }
        #expect(refused.count <= 8, "\(refused)")
    }
}

/// Masks of minimind and VerMind.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct MinimindMaskTests {
    /// The lists of numbers that stand behind some words in the goldens, in order.
    private static func lists(behind words: String) throws -> [[Int]] {
        let file = try Conformance.file("goldens/minimind_masks.txt")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .compactMap { line -> [Int]? in
                guard let start = line.range(of: words)?.upperBound,
                    let end = line[start...].firstIndex(of: "]")
                else { return nil }
                return line[start..<end].split(separator: ",").compactMap {
                    Int($0.trimmingCharacters(in: .whitespaces))
                }
            }
    }

    private static let question = turns("1+1等于几？")
    private static let answers = (chosen: answer("1+1等于2。"), rejected: answer("不知道。"))

    private static func encoder(
        removing share: Double = 0,
        _ template: String? = nil,
        tokenizer: String = "models/qwen3-random-tiny"
    ) throws -> ExampleEncoder {
        let folder = try Conformance.file(tokenizer)
        let processor =
            try template.map {
                TextProcessor(try Tokenizer(folder: folder), template: try ChatTemplate($0))
            } ?? TextProcessor(folder: folder)
        return ExampleEncoder(
            processor: processor,
            settings: DataSettings(scoredTokens: .assistant, emptyThinkingRemoval: share)
        )
    }

    @Test("ids and masks are minimind's, with empty thinking and without")
    func masks() throws {
        let ids = try Self.lists(behind: " ids [")
        let masks = try Self.lists(behind: "positions =1: [")
        for (index, share) in [0.0, 1.0].enumerated() {
            let encoded = try Self.encoder(removing: share)
                .pair(Self.question, Self.answers.chosen, Self.answers.rejected)
            // In the file: chosen with and without, rejected with and without.
            for (side, sequence) in encoded.sequences.enumerated() {
                #expect(sequence.tokens.map(Int.init) == ids[2 * side + index])
                #expect(Array(sequence.scored.joined()) == masks[2 * side + index])
            }
            #expect(encoded.lostEmptyThinking == (share == 1))
        }
    }

    @Test("the older tokenizer and its template with a system prompt have their masks")
    func olderMasks() throws {
        let template = try String(
            contentsOf: Conformance.file("templates/cklxx-mini-llm.jinja"),
            encoding: .utf8
        )
        let encoded = try Self.encoder(template, tokenizer: "tokenizers/mini-llm-cn")
            .pair(Self.question, Self.answers.chosen, Self.answers.rejected)
        let ids = try Self.lists(behind: " ids [")
        let masks = try Self.lists(behind: "positions =1: [")
        for (side, sequence) in encoded.sequences.enumerated() {
            #expect(sequence.tokens.map(Int.init) == ids[4 + side])
            #expect(Array(sequence.scored.joined()) == masks[4 + side])
        }
    }

    @Test(
        "a mask ends with the tokens",
        arguments: [(8, []), (12, []), (16, []), (20, [17, 18, 19])]
    )
    func cut(limit: Int, mask: [Int]) throws {
        let encoded = try Self.encoder()
            .pair(Self.question, Self.answers.chosen, Self.answers.rejected)
            .truncated(to: limit, .keepStart, keeping: [])
        for sequence in encoded.sequences { #expect(Array(sequence.scored.joined()) == mask) }
    }

    @Test("every turn of the assistant is scored")
    func turnByTurn() throws {
        let tokenizer = try Tokenizer(folder: Conformance.file("models/qwen3-random-tiny"))
        let encoded = try Self.encoder().pair(turns("a", "b", "c"), answer("d"), answer("e"))
        let scored = encoded.sequences[0].scored.joined().map {
            tokenizer.decode([encoded.sequences[0].tokens[$0]])
        }
        let thinking = ["<think>", "\n", "\n", "</think>", "\n", "\n"]
        #expect(
            scored == thinking + ["b", "<|im_end|>", "\n"] + thinking + ["d", "<|im_end|>", "\n"]
        )
    }

    @Test("content that begins with blanks keeps its mask, also where minimind's pattern fails")
    func blanks() throws {
        let template = """
            {% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}\
            {% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
            """
        let ids = try Self.lists(behind: "template) ids [")
        // minimind has 7, 6 and 0: for two blanks its pattern is not found. A newline with a blank is
        // one token there, which is scored with the four behind it.
        let counts = [7, 6, 5]
        for (index, content) in ["\n\n\nfoo", "\n\nfoo", "  foo"].enumerated() {
            let encoded = try Self.encoder(template)
                .pair(turns("Q"), answer(content), answer("bar"))
            let sequence = encoded.sequences[0]
            #expect(sequence.tokens.suffix(ids[index].count).map(Int.init) == ids[index])
            #expect(
                sequence.scored == [(sequence.tokens.count - counts[index])..<sequence.tokens.count]
            )
        }
    }
}
