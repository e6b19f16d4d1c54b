import Foundation
import OrderedJSON
import TestSupport
import Testing

/// The command on real models and data.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConformanceCommandTests {
    @Test("a small pretrained model takes its first steps on HH")
    func training() async throws {
        let place = try Workplace()
        let file = try Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        let rows = try Gzip.lines(of: file, count: 256)
        let result = try await CommandRunner.run([
            "dpo", "--model", Conformance.file("models/stories260K").path, "--data",
            place.data(rows).path, "--output", place.run.path, "--max-steps", "4",
            "--batch-size", "4", "--max-length", "512", "--on-bad-row", "skip",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("256 rows read, "))
        let metrics = try place.metrics()
        #expect(metrics.count == 4)
        let loss = try #require(metrics.first?["loss"]?.double)
        #expect(abs(loss - 0.693147) < 1e-4)
        #expect(metrics.allSatisfy { $0["grad_norm"]?.double ?? 0 > 0 })
    }

    /// Of a log-probability in nats: golden values are of float32 too, summed in another order.
    private static let tolerance = 1e-4

    @Test(
        "scores are those of transformers, token by token",
        arguments: ["stories260K", "TinyStories-656K"]
    )
    func scores(name: String) async throws {
        let place = try Workplace()
        let goldens = try Conformance.file("goldens/models/\(name).jsonl")
        let file = place.url.appending(path: "scores.jsonl")
        let result = try await place.score(
            [goldens],
            "--output",
            file.path,
            model: Conformance.file("models/\(name)")
        )
        #expect(result.status == 0, "\(result.errors)")
        let expected = try Workplace.lines(of: goldens)
        let scored = try Workplace.lines(of: file)
        #expect(scored.count == expected.count)
        #expect(result.output.hasPrefix("pairs         \(expected.count)\n"))
        for (index, (found, golden)) in zip(scored, expected).enumerated() {
            #expect(found["line"]?.integer == index + 1)
            for side in ["chosen", "rejected"] {
                let left = try #require(found["\(side)_logps"]?.array).compactMap(\.double)
                let right = try #require(golden["\(side)_logps"]?.array).compactMap(\.double)
                #expect(left.count == right.count)
                #expect(found["\(side)_count"]?.integer == right.count)
                let worst = zip(left, right).map { abs($0 - $1) }.max() ?? .infinity
                #expect(worst <= Self.tolerance, "pair \(index), \(side): \(worst)")
                let sum = try #require(found["\(side)_sum"]?.double)
                let goldenSum = try #require(golden["\(side)_sum"]?.double)
                #expect(abs(sum - goldenSum) <= Self.tolerance * Double(right.count))
            }
        }
    }

    @Test("tokens are those of the Rust library and of transformers", arguments: ["phi-3", "gpt2"])
    func tokens(name: String) async throws {
        let goldens = try Workplace.lines(
            of: Conformance.file("goldens/tokenizers/\(name).jsonl")
        )
        let folder = try Conformance.file("tokenizers/\(name)")
        for behaviour in ["file", "transformers"] {
            let result = try await CommandRunner.run(
                ["tokenize", "--tokenizer", folder.path, "--tokenizer-behaviour", behaviour],
                input: goldens.map { JSONValue.object($0).text + "\n" }.joined()
            )
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.outputLines.count == goldens.count)
            for (line, golden) in zip(result.outputLines, goldens) {
                let found = try JSONValue(parsing: String(line))
                let changes = behaviour == "file" ? nil : golden["transformers"]
                for key in ["ids", "ids_special"] {
                    #expect(found[key] == changes?[key] ?? golden[key])
                }
            }
        }
    }

    @Test(
        "conversations are rendered as by transformers",
        arguments: [
            "cz-chatml", "minimind", "trl-qwen3_training", "lcpp-meta-llama-Llama-3.1-8B-Instruct",
        ]
    )
    func conversations(name: String) async throws {
        let goldens = try Workplace.lines(of: Conformance.file("goldens/templates/\(name).jsonl"))
        let header = try #require(goldens.first)
        let list = try JSONValue(contentsOf: Conformance.file("goldens/template_cases.json"))
        let cases = Dictionary(
            (list.array ?? []).compactMap(\.object).map { ($0["id"]?.string ?? "", $0) }
        ) { $1 }
        let lines = try goldens.dropFirst().map { golden in
            var line = try #require(cases[golden["case"]?.string ?? ""])
            line["special_tokens"] = header["special_tokens"]
            line["strftime_now"] = header["strftime_now"]
            line["add_generation_prompt"] = golden["add_generation_prompt"]
            return JSONValue.object(line).text + "\n"
        }
        let result = try await CommandRunner.run(
            ["render", "--template", Conformance.file("templates/\(name).jinja").path],
            input: lines.joined()
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.outputLines.count == lines.count)
        for (line, golden) in zip(result.outputLines, goldens.dropFirst()) {
            let found = try JSONValue(parsing: String(line))
            #expect(found["rendered"]?.string == golden["rendered"]?.string)
            #expect((found["error"] != nil) == (golden["rendered"]?.string == nil))
            guard let spans = golden["generation_spans"], !spans.isNull else { continue }
            #expect(found["generation_spans"] == spans)
        }
    }
}
