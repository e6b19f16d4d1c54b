import Files
import Foundation
import PreferenceData
import TestSupport
import Testing

@Suite struct CleanFileTests {
    /// Good, copy of it, contradiction (both go), identical, not JSON, good with odd blanks and a
    /// control character, good.
    private static let rows = [
        #"{"prompt": "a", "chosen": "x", "rejected": "y"}"#,
        #"{"chosen": "x", "prompt": "a", "rejected": "y"}"#,
        #"{"prompt": "b", "chosen": "x", "rejected": "y"}"#,
        #"{"prompt": "c", "chosen": "x", "rejected": "x"}"#,
        "nonsense",
        "",
        #" {"prompt":"d\u0000" ,  "chosen": "\u00e9é", "rejected": "y", "more": [1.50]} "#,
        #"{"prompt": "b", "chosen": "y", "rejected": "x"}"#,
        #"{"chosen": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d", "rejected": "#
            + #""\n\nHuman: a\n\nAssistant: e"}"#,
        #"{"prompt": "e", "chosen": "x", "rejected": "y"}"#,
    ]

    @Test("a clean file has the bytes of the rows that are kept, and says what was left out")
    func clean() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", Self.rows.joined(separator: "\r\n"))
        let linter = try DataLinter(processor: nil)
        let report = try linter.lint([.path(file)])
        let output = folder.url.appending(path: "clean.jsonl")
        let cleaning = try report.writeCleanFile(of: [.path(file)], to: output)
        let kept = [Self.rows[0], Self.rows[6], Self.rows[9]]
        #expect(try String(contentsOf: output, encoding: .utf8) == kept.map { $0 + "\n" }.joined())
        #expect(
            cleaning.description == """
                3 rows written, 6 left out
                  1 × not JSON
                  1 × both answers are the same
                  2 × the same answers are judged both ways
                  1 × the row is a copy of an earlier one
                  1 × the sides answer different prompts
                left as they are: 1 × control characters or U+FFFD in a text
                """
        )
        let again = try linter.lint([.path(output)])
        #expect(again.rowsWithErrors == 0)
        #expect(again.findings.filter { $0.kind.isRemovable }.isEmpty)
    }

    @Test("a clean file is compressed where its name says so")
    func compressed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", Self.rows.joined(separator: "\n"))
        let output = folder.url.appending(path: "clean.jsonl.gz")
        _ = try DataLinter(processor: nil).lint([.path(file)]).writeCleanFile(
            of: [.path(file)],
            to: output
        )
        #expect(try Data(contentsOf: output).starts(with: [0x1F, 0x8B]))
        var reader = try LineReader(output)
        #expect(try reader.next() == Array(Self.rows[0].utf8))
        #expect(try reader.next() == Array(Self.rows[6].utf8))
        #expect(try reader.next() == Array(Self.rows[9].utf8))
        #expect(try reader.next() == nil)
    }

    @Test("rows of a list become lines whose line breaks are blanks")
    func list() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "rows.json",
            """
            [
              {"prompt": "a",
               "chosen": "x", "rejected": "y\\n"},
              {"prompt": "a", "chosen": "x", "rejected": "x"}
            ]
            """
        )
        let output = folder.url.appending(path: "clean.jsonl")
        let report = try DataLinter(processor: nil).lint([.path(file)])
        _ = try report.writeCleanFile(of: [.path(file)], to: output)
        #expect(
            try String(contentsOf: output, encoding: .utf8)
                == #"{"prompt": "a",    "chosen": "x", "rejected": "y\n"}"# + "\n"
        )
    }

    @Test("standard input cannot be read twice")
    func standardInput() {
        let error = #expect(throws: FileError.self) {
            try [DataSource.standardInput].checkReadableTwice()
        }
        #expect(
            error?.description == "standard input: cannot read twice: it is no file or folder"
        )
    }

    @Test("nothing is written where no row is left")
    func nothingLeft() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", "{}\n[]")
        let output = folder.url.appending(path: "clean.jsonl")
        let report = try DataLinter(processor: nil).lint([.path(file)])
        #expect(report.verdict == "do not train on this: no row can be used")
        let error = #expect(throws: NothingLeftError.self) {
            try report.writeCleanFile(of: [.path(file)], to: output)
        }
        #expect(
            error?.description == "none of 2 rows would be left, so no clean file is written"
        )
        #expect(!FileManager.default.fileExists(atPath: output.path))
    }

    @Test("data that changed since they were looked at are not written")
    func changed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rows.jsonl", Self.rows.joined(separator: "\n"))
        let output = folder.url.appending(path: "clean.jsonl")
        let report = try DataLinter(processor: nil).lint([.path(file)])
        _ = try folder.write("rows.jsonl", Self.rows.dropLast().joined(separator: "\n"))
        #expect(throws: FileError.self) { try report.writeCleanFile(of: [.path(file)], to: output) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["rows.jsonl"]
        )
    }

    @Test("what can be read once only is refused before it is read")
    func pipes() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.url.appending(path: "pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        let error = #expect(throws: FileError.self) {
            try [DataSource.path(pipe)].checkReadableTwice()
        }
        #expect(
            error?.description == "\(pipe.path): cannot read twice: it is no file or folder"
        )
    }
}
