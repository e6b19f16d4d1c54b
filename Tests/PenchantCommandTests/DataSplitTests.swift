import Foundation
import Testing

@Suite struct DataSplitTests {
    private func lines(_ url: URL) throws -> [String] {
        try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("a folder gets both files, whose rows are those of the data")
    func folder() async throws {
        let place = try Workplace()
        let data = try place.data()
        let output = place.url.appending(path: "parts")
        let result = try await CommandRunner.run(
            ["data", "split", "--data", data.path, "--output", output.path, "--fraction", "0.2"]
        )
        #expect(result.status == 0, "\(result.errors)")
        let training = output.appending(path: "train.jsonl")
        let evaluation = output.appending(path: "eval.jsonl")
        #expect(
            result.output
                == "\(training.path)  8 rows, 8 prompts\n\(evaluation.path)  2 rows, 2 prompts\n"
        )
        let held = try lines(evaluation)
        #expect(held.count == 2)
        #expect(try lines(training) == Rows.text.filter { !held.contains($0) })
    }

    @Test("two files are written where they are named, compressed where the name says so")
    func files() async throws {
        let place = try Workplace()
        let data = try place.data()
        let (training, evaluation) = (
            place.url.appending(path: "a.jsonl.gz"), place.url.appending(path: "b.jsonl")
        )
        let result = try await CommandRunner.run(
            [
                "data", "split", "--data", data.path, "--output", training.path, "--output",
                evaluation.path, "--count", "3", "--seed", "7",
            ]
        )
        #expect(result.status == 0, "\(result.errors)")
        let held = try lines(evaluation)
        #expect(held.count == 3)
        let rest = try Gzip.lines(of: training, count: 11)
        #expect(rest == Rows.text.filter { !held.contains($0) })
    }

    struct BadSetting: Sendable {
        var arguments: [String]
        var message: String
    }

    @Test(
        "settings that cannot be used are refused and write nothing",
        arguments: [
            BadSetting(
                arguments: ["--fraction", "0"],
                message: "--fraction is 0.0; a number above 0 and below 1 is needed"
            ),
            BadSetting(
                arguments: ["--fraction", "1"],
                message: "--fraction is 1.0; a number above 0 and below 1 is needed"
            ),
            BadSetting(
                arguments: ["--fraction", "nan"],
                message: "--fraction is nan; a number above 0 and below 1 is needed"
            ),
            BadSetting(
                arguments: ["--count", "0"],
                message: "--count is 0; at least 1 row is needed"
            ),
            BadSetting(
                arguments: ["--count", "10"],
                message:
                    "--count is 10, and there are 10 rows; at least 1 row on each side is needed"
            ),
            BadSetting(arguments: [], message: "Give either --fraction or --count."),
            BadSetting(
                arguments: ["--count", "1", "--fraction", "0.1"],
                message: "Give either --fraction or --count."
            ),
        ]
    )
    func badSettings(bad: BadSetting) async throws {
        let place = try Workplace()
        let data = try place.data()
        let output = place.url.appending(path: "parts")
        let result = try await CommandRunner.run(
            ["data", "split", "--data", data.path, "--output", output.path] + bad.arguments
        )
        #expect(result.status == 64)
        #expect(result.errorLines.first.map(String.init) == "penchant: error: \(bad.message)")
        let training = output.appending(path: "train.jsonl")
        #expect(!FileManager.default.fileExists(atPath: training.path))
    }

    @Test("no input is replaced, and the two files are not one")
    func outputs() async throws {
        let place = try Workplace()
        let data = try place.data()
        let other = place.url.appending(path: "b.jsonl")
        for outputs in [[data, other], [other, other], [data]] {
            let result = try await CommandRunner.run(
                ["data", "split", "--data", data.path, "--count", "1"]
                    + outputs.flatMap { ["--output", $0.path] }
            )
            #expect(result.status == 64, "\(outputs)")
        }
        #expect(try lines(data) == Rows.text)
    }
}
