import Foundation
import PreferenceData
import TestSupport
import Testing

@Suite struct DataErrorTests {
    private static let accepted =
        "{prompt_ids, chosen_ids, rejected_ids}; {prompt, chosen, rejected} or {chosen, "
        + "rejected}; the same as lists of turns {role, content}; {instruction, input, chosen, "
        + "rejected}; {conversations, chosen, rejected}; {chosen_messages, rejected_messages}; "
        + "{prompt, completions} with the best first, or with scores or ranks; {prompt, "
        + "completion, label} or {messages, label}"
    private static let mapped = "\(accepted); other names of columns can be mapped to these"

    /// A bad row, the reason it gives, and the message behind the place.
    struct BadRow: Sendable, CustomTestStringConvertible {
        var row: String
        var reason: DataError.Reason
        var message: String
        var settings = DataSettings()
        var encoder: ScalarEncoder? = ScalarEncoder()

        var testDescription: String { row }
    }

    static let badRows = [
        BadRow(
            row: #"{"prompt": "p", "chosen": "c"#,
            reason: .notJSON(problem: "a string is not closed", column: 27),
            message: "not JSON: column 27: a string is not closed (one JSON object a line, "
                + "or a list of objects: \(accepted))"
        ),
        BadRow(
            row: "[",
            reason: .notJSON(problem: "the text ends too early", column: 2),
            message: "not JSON: column 2: the text ends too early (one JSON object a line, "
                + "or a list of objects: \(accepted))"
        ),
        BadRow(
            row: "[1]",
            reason: .notAnObject(found: "a list"),
            message: "the row is a list (one JSON object a line, or a list of objects: \(accepted))"
        ),
        BadRow(
            row: #"{"prompt": "p", "rejected": "r"}"#,
            reason: .missingKey("chosen"),
            message: "there is no \"chosen\" (accepted: \(mapped))"
        ),
        BadRow(
            row: #"{"chosen": "r"}"#,
            reason: .missingKey("rejected"),
            message: "there is no \"rejected\" (accepted: \(mapped))"
        ),
        BadRow(
            row: #"{"chosen_ids": [1], "rejected_ids": [2]}"#,
            reason: .missingKey("prompt_ids"),
            message: "there is no \"prompt_ids\" (accepted: \(mapped))"
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": 3, "rejected": "r"}"#,
            reason: .wrongType(key: "chosen", found: "a number", expected: "a string"),
            message: "\"chosen\" is a number (allowed: a string)"
        ),
        BadRow(
            row: #"{"prompt": null, "chosen": "c", "rejected": "r"}"#,
            reason: .wrongType(key: "prompt", found: "null", expected: "a string"),
            message: "\"prompt\" is null (allowed: a string)"
        ),
        BadRow(
            row: #"{"question": "p", "good": "c", "bad": "r"}"#,
            reason: .unknownKeys(["question", "good", "bad"]),
            message: "the keys are no known form: question, good, bad (accepted: \(mapped))"
        ),
        BadRow(
            row: #"{"prompt": "p", "completions": ["c"]}"#,
            reason: .nothingToCompare(key: "completions", found: "1 answer"),
            message: "\"completions\" has 1 answer (two answers or more that are not equally good "
                + "are needed; or skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": [{"role": "user", "content": "q"}, {"role": "#
                + #""assistant", "content": "c"}], "rejected": [{"role": "user", "content": "q"}, "#
                + #"{"role": "assistant", "content": "r"}]}"#,
            reason: .promptNotInAnswers,
            message: "\"prompt\" is a string that no user's turn before the answers says "
                + "(correct it, leave it out, or skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt_ids": [1, 2.5], "chosen_ids": [1], "rejected_ids": [2]}"#,
            reason: .wrongType(
                key: "prompt_ids",
                found: "a list with a fraction in it",
                expected: "a list of token ids"
            ),
            message: "\"prompt_ids\" is a list with a fraction in it (allowed: a list of token "
                + "ids)"
        ),
        BadRow(
            row: #"{"prompt_ids": "1 2", "chosen_ids": [1], "rejected_ids": [2]}"#,
            reason: .wrongType(
                key: "prompt_ids",
                found: "a string",
                expected: "a list of token ids"
            ),
            message: "\"prompt_ids\" is a string (allowed: a list of token ids)"
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": "c", "rejected": ""}"#,
            reason: .emptyAnswer(key: "rejected"),
            message: "\"rejected\" has no answer (it needs more than white space or the prompt; "
                + "complete the row, or skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": " \n", "rejected": "r"}"#,
            reason: .emptyAnswer(key: "chosen"),
            message: "\"chosen\" has no answer (it needs more than white space or the prompt; "
                + "complete the row, or skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt_ids": [1], "chosen_ids": [], "rejected_ids": [2]}"#,
            reason: .emptyAnswer(key: "chosen_ids"),
            message: "\"chosen_ids\" has no answer (it needs more than white space or the prompt; "
                + "complete the row, or skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": "c", "rejected": "c"}"#,
            reason: .equalAnswers,
            message: "both answers are the same (a pair needs a difference; remove the row, or "
                + "skip bad rows)"
        ),
        BadRow(
            // One ends as the other will.
            row: #"{"prompt": "p", "chosen": "c", "rejected": "c</s>"}"#,
            reason: .equalAnswers,
            message: "both answers are the same (a pair needs a difference; remove the row, or "
                + "skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [2]}"#,
            reason: .equalAnswers,
            message: "both answers are the same (a pair needs a difference; remove the row, or "
                + "skip bad rows)"
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": "wxyz", "rejected": "wxyy"}"#,
            reason: .equalAfterTruncation(limit: 5),
            message: "both answers are the same when cut to 5 tokens (raise the maximum length, or "
                + "skip bad rows)",
            settings: DataSettings(maximumLength: 5)
        ),
        BadRow(
            row: #"{"prompt": "pqr", "chosen": "x", "rejected": "y"}"#,
            reason: .promptTooLong(tokens: 4, limit: 4),
            message: "the prompt is 4 tokens, the limit for prompt and answer 4 (raise the "
                + "maximum length, or skip bad rows)",
            settings: DataSettings(maximumLength: 4)
        ),
        BadRow(
            row: #"{"prompt_ids": [1], "chosen_ids": [-100], "rejected_ids": [2]}"#,
            reason: .tokenOutOfRange(key: "chosen_ids", token: -100, limit: 1 << 31),
            message: "\"chosen_ids\" has the token id -100 (allowed: 0 to 2147483647)"
        ),
        BadRow(
            row: #"{"prompt_ids": [9], "chosen_ids": [3], "rejected_ids": [2]}"#,
            reason: .tokenOutOfRange(key: "prompt_ids", token: 9, limit: 9),
            message: "\"prompt_ids\" has the token id 9 (allowed: 0 to 8)",
            settings: DataSettings(vocabularySize: 9)
        ),
        BadRow(
            row: #"{"prompt_ids": [9], "chosen_ids": [3], "rejected_ids": [10]}"#,
            reason: .tokenOutOfRange(key: "rejected_ids", token: 10, limit: 10),
            message: "\"rejected_ids\" has the token id 10 (allowed: 0 to 9)",
            encoder: ScalarEncoder(vocabularySize: 10)
        ),
        BadRow(
            row: #"{"prompt": "p", "chosen": "c", "rejected": "r"}"#,
            reason: .tokenOutOfRange(key: "prompt", token: 112, limit: 100),
            message: "\"prompt\" has the token id 112 (allowed: 0 to 99)",
            settings: DataSettings(vocabularySize: 100)
        ),
        BadRow(
            row: #"{"prompt": "", "chosen": "c", "rejected": "rs"}"#,
            reason: .nothingToPredictFrom,
            message: "the prompt has no token and an answer only one, which nothing predicts "
                + "(give a prompt, or skip bad rows)",
            encoder: ScalarEncoder(beginning: nil, endOfText: nil)
        ),
    ]

    /// A row that is good under all the settings above.
    private static let good = #"{"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3]}"#

    @Test("a bad row stops with its place, what was found and what is allowed", arguments: badRows)
    func stops(bad: BadRow) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", "\(Self.good)\n\(bad.row)\n")
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load(
                [file],
                processor: bad.encoder.map { TextProcessor($0) },
                settings: bad.settings
            )
        }
        #expect(error?.source == RowSource(file: file.path, line: 2))
        #expect(error?.reason == bad.reason)
        #expect(error?.description == "\(file.path):2: \(bad.message)")
    }

    @Test("every bad row can be skipped, and is counted as its kind", arguments: badRows)
    func skips(bad: BadRow) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", "\(Self.good)\n\(bad.row)")
        var settings = bad.settings
        settings.onBadRow = .skip
        let dataset = try PreferenceDataset.load(
            [file],
            processor: bad.encoder.map { TextProcessor($0) },
            settings: settings
        )
        #expect(dataset.pairs.count == 1)
        #expect(dataset.report.skipped.map(\.kind) == [try #require(bad.reason.kind)])
        #expect(dataset.report.skipped.first?.places.map(\.line) == [2])
    }

    @Test("every kind of bad row is tried above, but for bytes, conversations and conversion")
    func complete() {
        let tried = Set(Self.badRows.compactMap(\.reason.kind))
        let triedElsewhere: Set<BadRowKind> = [
            .notUTF8, .inexpressible, .mixedKinds, .templateRefused, .turnNotFound, .nothingScored,
        ]
        #expect(tried == Set(BadRowKind.allCases).subtracting(triedElsewhere))
    }

    @Test("bytes that are not UTF-8 are told as such")
    func notUTF8() throws {
        let folder = try TemporaryFolder()
        let row = Data(#"{"prompt": "p", "chosen": ""#.utf8) + [0xE9] + Data(#""}"#.utf8)
        let file = try folder.write("rows.jsonl", row)
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([file], processor: TextProcessor(ScalarEncoder()))
        }
        #expect(error?.reason == .notUTF8)
        #expect(
            error?.description == "\(file.path):1: the row is not UTF-8 (convert the file to "
                + "UTF-8, or skip bad rows)"
        )
    }

    @Test("text without a tokenizer cannot be skipped")
    func tokenizerMissing() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "rows.jsonl",
            #"{"prompt": "p", "chosen": "c", "rejected": "r"}"#
        )
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load(
                [file],
                processor: nil,
                settings: DataSettings(onBadRow: .skip)
            )
        }
        #expect(
            error?.description == "\(file.path):1: the row is text and there is no tokenizer "
                + "(give a tokenizer, or rows of token ids)"
        )
    }

    @Test("an empty file is an error even beside a full one")
    func emptyFile() throws {
        let folder = try TemporaryFolder()
        let full = try folder.write(
            "full.jsonl",
            #"{"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3]}"#
        )
        let empty = try folder.write("empty.jsonl", "\n \n")
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([full, empty], processor: nil)
        }
        #expect(
            error?.description
                == "\(empty.path): the file has no rows (one JSON object a line, or "
                + "a list of objects: \(Self.accepted))"
        )
    }

    @Test("where all rows were skipped, the error says why")
    func nothingLeft() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", "{}\n{}\n[]\n")
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load(
                [file],
                processor: nil,
                settings: DataSettings(onBadRow: .skip)
            )
        }
        let path = file.path
        #expect(
            error?.description == "\(path): none of 3 rows is left: "
                + "1 × not a JSON object: \(path):3; "
                + "2 × a key is missing: \(path):1, 2 (look at the first of these rows)"
        )
    }

    @Test("no file at all is an error")
    func noFiles() {
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([DataSource](), processor: nil)
        }
        #expect(error?.reason == .noFiles)
    }
}
