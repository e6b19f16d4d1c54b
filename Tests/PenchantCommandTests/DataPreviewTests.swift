import Foundation
import OrderedJSON
import TestSupport
import Testing

/// `penchant data preview`.
@Suite struct DataPreviewTests {
    private func preview(_ rows: [String], _ more: String...) async throws -> CommandResult {
        let place = try Workplace()
        return try await CommandRunner.run(
            [
                "data", "preview", "--model", place.model.path, "--data", place.data(rows).path,
            ] + more
        )
    }

    @Test("rows are shown with their trunk, their answers and what is scored")
    func rows() async throws {
        let result = try await preview(
            [#"{"prompt": "ing the\n", "chosen": " yes", "rejected": " no"}"#] + Rows.text
        )
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        // No colours, for this is no terminal.
        #expect(!result.output.contains("\u{1B}"))
        #expect(lines[0].hasPrefix("⟦scored⟧, │ between tokens"))
        #expect(lines[2].hasSuffix("data.jsonl:1"))
        #expect(lines[3] == "  prompt 3 tokens, chosen 2 (2 scored), rejected 2 (2 scored)")
        #expect(lines[4] == "  trunk, 3 tokens")
        #expect(lines[5] == "    ing│·the│␊")
        #expect(result.output.contains("    ‖⟦·yes│</s>⟧\n"))
        #expect(result.output.contains("    ‖⟦·no│</s>⟧\n"))
        // Five rows by default.
        #expect(result.output.contains("data.jsonl:5\n"))
        #expect(!result.output.contains("data.jsonl:6\n"))
    }

    @Test("one row can be asked for, with ids, cut, and all scored")
    func row() async throws {
        let result = try await preview(
            Rows.tokens,
            "--row",
            "2",
            "--ids",
            "--max-length",
            "5",
            "--scored",
            "all"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("data.jsonl:2\n"))
        #expect(!result.output.contains("data.jsonl:1\n"))
        #expect(result.output.contains("⟨70⟩│⟦"))
        #expect(
            result.output.contains("  ! rejected lost 0 tokens of the prompt and 1 of the answer")
        )
    }

    @Test("a row that cannot be used is told in its place, and the next one is shown")
    func badRow() async throws {
        let result = try await preview([#"{"chosen": 3}"#, Rows.text[0]])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("✗ "))
        #expect(result.output.contains("data.jsonl:1: "))
        #expect(result.output.contains("data.jsonl:2\n"))
    }

    @Test("text cannot move the terminal's cursor")
    func escapes() async throws {
        let result = try await preview([
            #"{"prompt": "a\u001b[2J\u202eb", "chosen": "c\r", "rejected": "d\u0000"}"#
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(!result.output.unicodeScalars.contains("\u{1B}"))
        #expect(!result.output.unicodeScalars.contains("\u{202E}"))
        #expect(result.output.contains("␍"))
    }

    @Test(
        "what cannot be shown is refused",
        arguments: [
            (["--rows", "0"], 64, "--rows is 0"), (["--row", "0"], 64, "--row is 0"),
            (["--row", "99"], 64, "--row is 99, but there are 10 rows"),
            (["--row", "1", "--rows", "2"], 64, "beside --rows"),
            (["--scored", "generation"], 65, "the row is text, which no chat template marks"),
        ] as [([String], Int32, String)]
    )
    func refused(arguments: [String], status: Int32, words: String) async throws {
        let place = try Workplace()
        let result = try await CommandRunner.run(
            ["data", "preview", "--model", place.model.path, "--data", place.data().path]
                + arguments
        )
        #expect(result.status == status)
        #expect(result.errors.contains(words), "\(result.errors)")
    }
}
