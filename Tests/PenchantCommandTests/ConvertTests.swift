import Foundation
import OrderedJSON
import TestSupport
import Testing

@Suite struct ConvertTests {
    private func convert(
        _ data: URL,
        to format: String,
        _ output: URL,
        _ more: String...
    ) async throws -> CommandResult {
        try await CommandRunner.run(
            ["data", "convert", "--data", data.path, "--to", format, "--output", output.path]
                + more
        )
    }

    @Test("rows are written in another form, as lines, a list or compressed, and read back")
    func forms() async throws {
        let place = try Workplace()
        let original = try await place.score([place.data()])
        var data = try place.data(name: "0.jsonl")
        // Each from the one before.
        for (format, name) in [
            ("ranked", "1.jsonl"), ("ranked", "2.json"), ("ranked", "3.json.gz"),
            ("text", "4.jsonl.gz"),
        ] {
            let output = place.url.appending(path: name)
            let result = try await convert(data, to: format, output)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "10 rows as \(format): \(output.path)\n")
            #expect(result.errors == "10 rows read, 10 written\n")
            data = output
        }
        #expect(try await place.score([data]).output == original.output)
        let list = try Data(contentsOf: place.url.appending(path: "2.json"))
        #expect(try JSONValue(parsing: Array(list)).array?.count == 10)
        #expect(try Data(contentsOf: data).starts(with: [0x1F, 0x8B]))
    }

    @Test("what is changed is counted")
    func changes() async throws {
        let place = try Workplace()
        let output = place.url.appending(path: "chat.jsonl")
        let result = try await convert(place.data(), to: "chat", output)
        #expect(result.errors.contains("text became turns of the user and the assistant: 10 rows"))
        #expect(try Workplace.lines(of: output)[0]["prompt"]?.array?.count == 1)
    }

    @Test("a row that cannot be expressed ends it with status 65, and nothing is written")
    func inexpressible() async throws {
        let place = try Workplace()
        let turns =
            #"{"prompt": [{"role": "user", "content": "q"}], "chosen": "c", "rejected": "r"}"#
        let data = try place.data(Rows.text + [turns])
        let output = place.url.appending(path: "text.jsonl")
        let result = try await convert(data, to: "text", output)
        expectRefusal(
            result,
            status: 65,
            saying: ["\(data.path):11: text has no place for turns without a model's chat template"]
        )
        #expect(!FileManager.default.fileExists(atPath: output.path))
        let skipping = try await convert(data, to: "text", output, "--on-bad-row", "skip")
        #expect(skipping.output.hasPrefix("10 rows as text"))
        #expect(skipping.errors.contains("  1 × the form has no place for it: \(data.path):11"))
    }

    @Test("the source is not overwritten")
    func source() async throws {
        let place = try Workplace()
        let data = try place.data()
        let result = try await convert(data, to: "chat", data)
        expectRefusal(result, status: 64, saying: ["would replace what is read"])
    }

    @Test(
        "a model's template makes text of turns",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)")
    )
    func template() async throws {
        let place = try Workplace()
        let model = try Conformance.file("models/qwen3-random-tiny")
        let turns = #"{"prompt": "q", "chosen": "c", "rejected": "r"}"#
        let output = place.url.appending(path: "text.jsonl")
        let result = try await convert(
            place.data([turns]),
            to: "text",
            output,
            "--format",
            "chat",
            "--model",
            model.path
        )
        #expect(result.status == 0, "\(result.errors)")
        let row = try Workplace.lines(of: output)[0]
        #expect(row["prompt"]?.string?.contains("q<|im_end|>\n<|im_start|>assistant\n") == true)
        #expect(row["rejected"]?.string?.contains("r<|im_end|>") == true)
    }
}
