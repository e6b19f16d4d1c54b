import Foundation
import OrderedJSON
import Testing

/// `--group-by-prompt` of the real command.
@Suite struct GroupByPromptTests {
    let place: Workplace
    let data: URL

    init() throws {
        place = try Workplace()
        // All pairs of three answers to each of four prompts, rows of a prompt apart.
        let rows = [("yes", "no"), ("yes", "maybe so"), ("maybe so", "no")].flatMap { answers in
            (0..<4).map { number -> String in
                let object: JSONValue = [
                    "prompt": .string("Is \(number) a number?"),
                    "chosen": .string(" \(answers.0)"), "rejected": .string(" \(answers.1)"),
                ]
                return object.text
            }
        }
        data = try place.data(rows)
    }

    private func train(_ name: String, _ more: String...) async throws -> CommandResult {
        try await place.train(
            [data],
            ["--batch-size", "3", "--epochs", "2"] + more,
            output: place.url.appending(path: name)
        )
    }

    private func numbers(_ name: String) throws -> [[String]] {
        try place.metrics(in: place.url.appending(path: name)).map(\.lasting)
    }

    private func losses(_ name: String) throws -> [Double] {
        try place.metrics(in: place.url.appending(path: name)).compactMap { $0["loss"]?.double }
    }

    @Test("a step is a prompt, its numbers are those without sharing, and config.yaml repeats it")
    func steps() async throws {
        let result = try await train("grouped", "--group-by-prompt")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("for 8 steps, at most 3 pairs a step"))
        let metrics = try place.metrics(in: place.url.appending(path: "grouped"))
        #expect(
            metrics.compactMap { $0["epoch"]?.double }
                == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
        )
        let configuration = place.url.appending(path: "grouped/config.yaml")
        #expect(
            try String(contentsOf: configuration, encoding: .utf8)
                .contains("\ngroup-by-prompt: true\n")
        )
        let again = try await CommandRunner.run([
            "dpo", "--config", configuration.path, "--output",
            place.url.appending(path: "again").path,
        ])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try numbers("again") == numbers("grouped"))

        #expect(try await train("apart", "--group-by-prompt", "--no-prefix-sharing").status == 0)
        let (together, apart) = (try losses("grouped"), try losses("apart"))
        #expect(together.count == apart.count)
        // The same sums in other orders, over eight steps of a large rate.
        #expect(zip(together, apart).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(try await train("rows").status == 0)
        #expect(try numbers("rows") != numbers("grouped"))
    }

    @Test("a run by prompts can be resumed, which verify-resume shows, but not as one by rows")
    func resume() async throws {
        let result = try await CommandRunner.run([
            "verify-resume", "--model", place.model.path, "--data", data.path, "--max-length", "64",
            "--steps", "7", "--batch-size", "4", "--epochs", "2", "--group-by-prompt",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("the same, bit for bit: 7 steps at once"))

        #expect(try await train("run", "--group-by-prompt", "--checkpoint-every", "3").status == 0)
        try FileManager.default.removeItem(at: place.url.appending(path: "run/model"))
        expectRefusal(
            try await train("run", "--resume"),
            status: 64,
            saying: ["--resume is on", "group-by-prompt is false and was true"]
        )
        let whole = try numbers("run")
        let resumed = try await train("run", "--resume", "--group-by-prompt")
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try numbers("run") == whole)
    }

    @Test("it is refused where answers to other prompts of the step are needed")
    func refused() async throws {
        let rows = (1...4).map { #"{"prompt": "the", "completion": " fox \#($0)", "label": true}"# }
        let labelled = try place.data(rows, name: "labelled.jsonl")
        expectRefusal(
            try await place.train([labelled], "--loss", "kto", "--group-by-prompt"),
            status: 64,
            saying: ["--group-by-prompt is on for kto", "answers to other prompts of a step"]
        )
        let other = try await place.train([labelled], "--loss", "bco", "--group-by-prompt")
        #expect(other.status == 0, "\(other.errors)")
    }
}
