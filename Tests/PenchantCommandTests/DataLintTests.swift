import Foundation
import OrderedJSON
import Testing

@Suite struct DataLintTests {
    private static let identical = #"{"prompt": "p", "chosen": "x", "rejected": "x"}"#

    @Test("data with findings end well, and with --strict in status 65 behind the report")
    func strict() async throws {
        let place = try Workplace()
        let data = try place.data(Rows.text + [Self.identical])
        let arguments = ["data", "lint", "--data", data.path]
        let result = try await CommandRunner.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("11 rows, 11 prompts\n"))
        #expect(result.output.contains("1 × both answers are the same (9.1 %): \(data.path):11\n"))
        #expect(result.outputLines.last == "1 row needs attention")
        let strict = try await CommandRunner.run(arguments + ["--strict"])
        #expect(strict.status == 65)
        #expect(strict.output == result.output)
        #expect(
            strict.errors
                == "penchant: error: the data are not clean: 1 × both answers are the same\n"
        )
    }

    @Test("clean data are ready, with --strict too")
    func ready() async throws {
        let place = try Workplace()
        let data = try place.data()
        let result = try await CommandRunner.run(
            ["data", "lint", "--data", data.path, "--model", place.model.path, "--strict"]
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.outputLines.last == "ready to train")
        #expect(result.output.contains(" tokens in the mean"))
    }

    @Test("the limit and the model's own special tokens count where a model is given")
    func model() async throws {
        let place = try Workplace()
        let row = #"{"prompt": "p", "chosen": "x </s> y", "rejected": "z"}"#
        let data = try place.data(Rows.text + [row])
        let result = try await CommandRunner.run(
            [
                "data", "lint", "--data", data.path, "--model", place.model.path, "--max-length",
                "9", "--json",
            ]
        )
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONValue(parsing: Array(result.output.utf8))
        let kinds = report["findings"]?.array?.compactMap { $0["kind"]?.string } ?? []
        #expect(kinds.contains("promptTooLong"))
        #expect(kinds.contains("specialToken"))
        #expect(report["unchecked"]?.array?.isEmpty == true)
    }

    @Test("--fix writes the rows that can be trained on, which then have no errors")
    func fix() async throws {
        let place = try Workplace()
        let data = try place.data([Rows.text[0], Self.identical, Rows.text[0], Rows.text[1]])
        let clean = place.url.appending(path: "clean.jsonl")
        let result = try await CommandRunner.run(
            ["data", "lint", "--data", data.path, "--fix", clean.path]
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.errors == """
                \(clean.path): 2 rows written, 2 left out
                  1 × both answers are the same
                  1 × the row is a copy of an earlier one

                """
        )
        #expect(
            try String(contentsOf: clean, encoding: .utf8)
                == Rows.text[0] + "\n" + Rows.text[1] + "\n"
        )
        let again = try await CommandRunner.run(
            ["data", "lint", "--data", clean.path, "--strict"]
        )
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test("--fix replaces no input")
    func fixOverInput() async throws {
        let place = try Workplace()
        let data = try place.data()
        let result = try await CommandRunner.run(
            ["data", "lint", "--data", data.path, "--fix", data.path]
        )
        #expect(result.status == 64)
        #expect(result.errors.contains("--fix is \(data.path), which would replace what is read"))
    }

    @Test("files that cannot be read are errors as elsewhere")
    func missing() async throws {
        let result = try await CommandRunner.run(["data", "lint", "--data", "/nowhere.jsonl"])
        #expect(result.status == 65)
        #expect(result.output.isEmpty)
        #expect(result.errorLines.count == 1)
    }
}
