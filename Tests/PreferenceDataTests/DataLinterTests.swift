import Files
import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing

@Suite struct DataLinterTests {
    /// Rows, the lines in which a thing is to be found, and nothing else but what `also` names.
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: LintKind
        var lines: [Int]
        var rows: [String]
        var also: Set<LintKind> = []
        var settings = DataSettings()
        /// nil: there is no tokenizer.
        var encoder: ScalarEncoder?

        var testDescription: String { kind.title }
    }

    /// A row without a fault, told apart by `name`.
    private static func good(_ name: String) -> String {
        #"{"prompt": "ask \#(name)", "chosen": "yes \#(name)", "rejected": "no"}"#
    }

    private static func row(_ prompt: String, _ chosen: String, _ rejected: String) -> String {
        let row: JSONValue = [
            "prompt": .string(prompt), "chosen": .string(chosen), "rejected": .string(rejected),
        ]
        return row.text
    }

    private static func transcripts(_ chosen: String, _ rejected: String) -> String {
        let row: JSONValue = ["chosen": .string(chosen), "rejected": .string(rejected)]
        return row.text
    }

    /// Whole conversations, of which each turn is given as "u …" or "a …".
    private static func conversations(_ chosen: [String], _ rejected: [String]) -> String {
        func turns(_ texts: [String]) -> JSONValue {
            .array(
                texts.map { text in
                    [
                        "role": text.hasPrefix("u") ? "user" : "assistant",
                        "content": .string(String(text.dropFirst(2))),
                    ]
                }
            )
        }
        let row: JSONValue = ["chosen": turns(chosen), "rejected": turns(rejected)]
        return row.text
    }

    static let cases = [
        Case(
            kind: .badRow(.notJSON),
            lines: [2, 4],
            rows: [good("1"), "{", good("2"), "yes"]
        ),
        Case(kind: .badRow(.notAnObject), lines: [2], rows: [good("1"), "[]"]),
        Case(kind: .badRow(.missingKey), lines: [2], rows: [good("1"), #"{"chosen": "c"}"#]),
        Case(
            kind: .badRow(.wrongType),
            lines: [1],
            rows: [#"{"prompt": 1, "chosen": "c", "rejected": "r"}"#, good("1")]
        ),
        Case(
            kind: .badRow(.equalAnswers),
            lines: [1, 3],
            rows: [row("p", "a", "a"), good("1"), transcripts("q", "q")]
        ),
        Case(
            kind: .badRow(.emptyAnswer),
            lines: [2, 3],
            rows: [good("1"), row("p", " \n", "r"), row("q", "c", "")]
        ),
        Case(
            // The transcript ends where the answer should begin.
            kind: .badRow(.emptyAnswer),
            lines: [1],
            rows: [
                transcripts("\n\nHuman: q\n\nAssistant:", "\n\nHuman: q\n\nAssistant: a"),
                transcripts("\n\nHuman: q\n\nAssistant: b", "\n\nHuman: q\n\nAssistant: c"),
            ],
            also: [.repeatedPrompt]
        ),
        Case(
            // The key order and other columns do not make a row another one.
            kind: .duplicate,
            lines: [3],
            rows: [
                good("1"), good("2"),
                #"{"id": 7, "rejected": "no", "chosen": "yes 1", "prompt": "ask 1"}"#,
            ]
        ),
        Case(
            kind: .contradiction,
            lines: [1, 3],
            rows: [row("p", "a", "bc"), good("1"), row("p", "bc", "a")],
            also: [.repeatedPrompt]
        ),
        Case(
            // A prompt taken out of the answers is the same whichever side is better.
            kind: .contradiction,
            lines: [1, 2],
            rows: [transcripts("ask a", "ask bc"), transcripts("ask bc", "ask a")],
            also: [.repeatedPrompt]
        ),
        Case(
            kind: .repeatedPrompt,
            lines: [2, 3],
            rows: [row("p", "a", "b"), row(" p\n", "c", "d"), row("p", "e", "f"), good("1")]
        ),
        Case(
            kind: .repeatedPrompt,
            lines: [2],
            // What the answers of a row begin with alike is not taken for the prompt's.
            rows: [
                transcripts("\n\nHuman: q\n\nAssistant: The a", "\n\nHuman: q\n\nAssistant: The b"),
                transcripts("\n\nHuman: q\n\nAssistant: I c", "\n\nHuman: q\n\nAssistant: Id"),
                transcripts("\n\nHuman: r\n\nAssistant: I c", "\n\nHuman: r\n\nAssistant: Id"),
            ]
        ),
        Case(
            kind: .promptMismatch,
            lines: [2],
            rows: [
                transcripts("\n\nHuman: q\n\nAssistant: a", "\n\nHuman: q\n\nAssistant: b"),
                transcripts(
                    "\n\nHuman: r\n\nAssistant: a\n\nHuman: s\n\nAssistant: b",
                    "\n\nHuman: r\n\nAssistant: c"
                ),
            ]
        ),
        Case(
            // The last row's sides differ in turns of the assistant only.
            kind: .promptMismatch,
            lines: [1],
            rows: [
                conversations(["u a", "a b", "u c", "a d"], ["u a", "a b", "u e", "a f"]),
                conversations(["u g", "a b", "u c", "a d"], ["u g", "a h", "u c", "a i"]),
            ]
        ),
        Case(
            kind: .specialToken,
            lines: [2],
            rows: [
                conversations(["u a", "a b"], ["u a", "a c"]),
                conversations(["u d", "a b<|im_end|>"], ["u d", "a c"]),
            ]
        ),
        Case(
            kind: .contradiction,
            lines: [1, 2],
            rows: [
                #"{"prompt": "p", "completion": "a", "label": true}"#,
                #"{"prompt": "p", "completion": "a", "label": false}"#,
                #"{"prompt": "q", "completion": "a", "label": false}"#,
            ],
            also: [.repeatedPrompt]
        ),
        Case(
            // b before a in one row, a before b in the other; c is judged alike.
            kind: .contradiction,
            lines: [1, 2],
            rows: [
                #"{"prompt": "p", "completions": ["a", "b", "c"], "ranks": [2, 1, 3]}"#,
                #"{"prompt": "p", "completions": ["a", "b"], "ranks": [1, 2]}"#,
            ],
            also: [.repeatedPrompt]
        ),
        Case(
            kind: .turnMarker,
            lines: [1, 2, 4],
            rows: [
                row("p", "Assistant: a", "b"),
                row("q", "a", "b\n\nHuman: c"),
                row("r", "The Human: a", "b\nHuman"),
                transcripts("\n\nHuman: q\n\nAssistant: Human: a", "\n\nHuman: q\n\nAssistant: b"),
            ],
            also: [.mixedForms]
        ),
        Case(
            kind: .controlCharacter,
            lines: [1, 2, 3, 4],
            rows: [
                row("p\u{0}", "a", "b"), row("q", "a\u{1B}[0m", "b"), row("r", "a", "b\u{FFFD}"),
                row("s", "a\u{85}", "b"), row("t\t", "é\u{A0}\r\n", "\u{FFFC}"),
            ]
        ),
        Case(
            kind: .specialToken,
            lines: [1, 2],
            rows: [
                row("a <|im_end|> b", "c", "d"), row("q", "c</s>d", "e"),
                // One at its end ends an answer.
                row("r", "c</s>", "d<|im_end|> \n"), row("s", "c < d", "<|im"),
            ]
        ),
        Case(
            kind: .renderedConversation,
            lines: [1, 2],
            rows: [
                row("<|im_start|>user\na<|im_end|>", "c", "d"),
                row("<|im_start|>user\nb<|im_end|>", "c", "d"), good("1"),
            ]
        ),
        Case(
            kind: .mixedForms,
            lines: [2, 4],
            rows: [
                good("1"), #"{"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3]}"#,
                good("2"), transcripts("a b", "a c"), good("3"),
            ]
        ),
        Case(
            kind: .badRow(.equalAfterTruncation),
            lines: [1],
            rows: [row("p", "wxyz", "wxyy"), row("q", "x", "y")],
            settings: DataSettings(maximumLength: 5),
            encoder: ScalarEncoder()
        ),
        Case(
            // Beginning, prompt, answer, end: 1 + 1 + 2 + 1 tokens.
            kind: .truncated,
            lines: [1],
            rows: [row("p", "wx", "y"), row("q", "x", "y")],
            settings: DataSettings(maximumLength: 4),
            encoder: ScalarEncoder()
        ),
        Case(
            kind: .badRow(.promptTooLong),
            lines: [2],
            rows: [row("p", "w", "x"), row("pqr", "x", "y")],
            settings: DataSettings(maximumLength: 4),
            encoder: ScalarEncoder()
        ),
        Case(
            kind: .boundaryShift,
            lines: [2],
            rows: [row("p", "w", "x"), row("a", "bc", "y")],
            encoder: ScalarEncoder()
        ),
        Case(
            kind: .missingEnd,
            lines: [1, 2],
            rows: [row("p", "w", "x"), row("q", "w", "x")],
            encoder: ScalarEncoder(endOfText: nil)
        ),
        Case(
            kind: .missingEnd,
            lines: [2],
            rows: [
                #"{"prompt_ids": [1], "chosen_ids": [5, 2], "rejected_ids": [3, 2, 9]}"#,
                #"{"prompt_ids": [4], "chosen_ids": [5, 2], "rejected_ids": [3]}"#,
            ],
            encoder: ScalarEncoder()
        ),
        Case(
            kind: .unscoredFirstToken,
            lines: [2],
            rows: [row("p", "w", "x"), row("", "w", "x")],
            encoder: ScalarEncoder(beginning: nil)
        ),
        Case(
            kind: .unscoredFirstToken,
            lines: [1],
            rows: [#"{"prompt_ids": [], "chosen_ids": [5, 2], "rejected_ids": [3, 2]}"#]
        ),
        Case(
            kind: .badRow(.tokenOutOfRange),
            lines: [1],
            rows: [#"{"prompt_ids": [9], "chosen_ids": [5, 2], "rejected_ids": [3, 2]}"#],
            settings: DataSettings(vocabularySize: 8)
        ),
    ]

    @Test("a thing is found in its rows and nothing else is found", arguments: cases)
    func finds(example: Case) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", example.rows.joined(separator: "\n"))
        let report = try lint(file, example)
        let findings = report.findings.filter { !$0.rows.isEmpty }
        #expect(Set(findings.map(\.kind)) == example.also.union([example.kind]))
        let finding = try #require(findings.first { $0.kind == example.kind })
        #expect(finding.rows == example.lines.map { RowSource(file: file.path, line: $0) })
    }

    private func lint(_ file: URL, _ example: Case) throws -> LintReport {
        try DataLinter(
            processor: example.encoder.map { TextProcessor($0) },
            settings: example.settings
        ).lint([.path(file)])
    }

    @Test("bytes that are not UTF-8 are found and nothing stops at them")
    func notUTF8() throws {
        let folder = try TemporaryFolder()
        let bad = Data(#"{"prompt": "p", "chosen": ""#.utf8) + [0xE9] + Data("\"}\n".utf8)
        let file = try folder.write("rows.jsonl", bad + Data(Self.good("1").utf8))
        let report = try DataLinter(processor: nil).lint([.path(file)])
        #expect(report.rowsRead == 2)
        #expect(report.findings.first?.kind == .badRow(.notUTF8))
        #expect(report.findings.first?.rows == [RowSource(file: file.path, line: 1)])
    }

    @Test("the tokenizer's own special tokens are looked for where they are given")
    func ownTokens() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "rows.jsonl",
            [Self.row("p", "a <turn> b", "c"), Self.row("q", "a <|im_end|> b", "c")]
                .joined(separator: "\n")
        )
        let linter = try DataLinter(processor: nil, specialTokens: ["<turn>"])
        let finding = try linter.lint([.path(file)]).findings.first { $0.kind == .specialToken }
        #expect(finding?.rows.map(\.line) == [1])
    }

    @Test("copies and contradictions are found across files and batches of rows")
    func acrossFiles() throws {
        let folder = try TemporaryFolder()
        var rows = (0..<3000).map { Self.good("\($0)") }
        rows[2500] = Self.good("7")
        let first = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        let second = try folder.write("b.jsonl", Self.row("ask 9", "no", "yes 9"))
        let report = try DataLinter(processor: nil).lint([.path(first), .path(second)])
        func places(_ kind: LintKind) -> [RowSource]? {
            report.findings.first { $0.kind == kind }?.rows
        }
        #expect(places(.duplicate) == [RowSource(file: first.path, line: 2501)])
        #expect(
            places(.contradiction)
                == [
                    RowSource(file: first.path, line: 10), RowSource(file: second.path, line: 1),
                ]
        )
        #expect(report.distinctPrompts == 2999)
        #expect(report.rowsWithErrors == 2)
        #expect(report.rowsToLookAt == 3)
        #expect(report.verdict == "3 rows need attention")
    }

    @Test("what needs a tokenizer is named where there is none, unless all rows are token ids")
    func unchecked() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write("text.jsonl", Self.good("1"))
        let ids = try folder.write(
            "ids.jsonl",
            #"{"prompt_ids": [1], "chosen_ids": [5, 2], "rejected_ids": [3, 2]}"#
        )
        #expect(
            try DataLinter(processor: nil).lint([.path(text)]).unchecked.contains(.boundaryShift)
        )
        #expect(try DataLinter(processor: nil).lint([.path(ids)]).unchecked.isEmpty)
        let processor = TextProcessor(ScalarEncoder())
        #expect(try DataLinter(processor: processor).lint([.path(text)]).unchecked.isEmpty)
    }

    @Test("files that cannot be read and limits that cannot be used are errors as elsewhere")
    func errors() throws {
        let folder = try TemporaryFolder()
        let empty = try folder.write("empty.jsonl", "\n")
        #expect(throws: DataError.self) { try DataLinter(processor: nil).lint([.path(empty)]) }
        let missing = folder.url.appending(path: "missing.jsonl")
        #expect(throws: FileError.self) { try DataLinter(processor: nil).lint([.path(missing)]) }
        #expect(throws: DataSettingsError.self) {
            try DataLinter(processor: nil, settings: DataSettings(maximumLength: 1))
        }
    }
}
