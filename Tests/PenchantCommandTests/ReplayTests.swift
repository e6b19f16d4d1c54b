import Foundation
import OrderedJSON
import Testing

/// Steps that are not finite, memory that does not suffice, and what the command says of them.
@Suite struct ReplayTests {
    let place: Workplace
    let data: URL

    init() throws {
        place = try Workplace()
        data = try place.data()
    }

    private func replay(_ more: String...) async throws -> CommandResult {
        try await CommandRunner.run(["replay", place.run.path] + more)
    }

    /// At such a rate the weights of the second step are far beyond what can be squared.
    private static let diverging = [
        "--learning-rate", "1e30", "--schedule", "constant", "--batch-size", "5", "--epochs", "2",
    ]

    @Test("a step that is not finite ends the run, keeps its rows, and is replayed")
    func refused() async throws {
        let result = try await place.train([data], Self.diverging)
        #expect(result.status == 70)
        #expect(result.errors.contains("penchant: error: step 2: the "))
        #expect(try place.runFiles.contains("model") == false)
        let file = place.run.appending(path: "refused-steps/step-000002.json")
        let kept = try JSONValue(parsing: Array(Data(contentsOf: file)))
        #expect(kept["step"] == 2)
        #expect(kept["preferences"]?.array?.count == 5)
        let sources = kept["preferences"]?.array?.compactMap { $0["source"]?.string } ?? []
        #expect(sources.allSatisfy { $0.hasPrefix(data.path) })

        let replayed = try await replay()
        #expect(replayed.status == 0, "\(replayed.errors)")
        #expect(replayed.output.hasPrefix("step 2: it begins with the "), "\(replayed.output)")
        #expect(replayed.output.contains("not finite"))
        #expect(replayed.errors.contains("from the checkpoint"))
        let before = try await replay("--step", "1")
        #expect(before.output.hasPrefix("step 1: every number is finite: loss 0.693"))
        #expect(before.errors.contains("from the beginning"))
        // Nothing was written.
        #expect(try place.metrics().count == 1)
    }

    @Test("such steps are skipped and counted where that is asked for, until too many are")
    func skipped() async throws {
        let result = try await place.train([data], Self.diverging + ["--skip-not-finite"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("step 2, skipped: the "))
        #expect(try place.metrics().map { $0["skipped_steps"] } == [0])
        #expect(try place.runFiles.contains("model"))
    }

    @Test("supervised runs are replayed too")
    func supervised() async throws {
        let rows = try place.data(
            (0..<6).map { #"{"prompt": "Is \#($0) a number?", "completion": " yes, the \#($0)"}"# },
            name: "demonstrations.jsonl"
        )
        let trained = try await CommandRunner.run([
            "sft", "--model", place.model.path, "--data", rows.path, "--output", place.run.path,
            "--batch-size", "2", "--max-length", "64",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let replayed = try await replay("--step", "3")
        #expect(replayed.status == 0, "\(replayed.errors)")
        #expect(replayed.output.hasPrefix("step 3: every number is finite: loss "))
    }

    @Test("what cannot be replayed is refused in a line")
    func refusals() async throws {
        let nothing = try await replay("--step", "1")
        #expect(nothing.status == 65)
        #expect(nothing.errors.contains("config.yaml: cannot open"))
        #expect(try await place.train([data], "--batch-size", "5").status == 0)
        for (arguments, words) in [
            ([], "has no step that was refused"), (["--step", "3"], "--step is 3; 1 to 2"),
            (["--step", "0"], "--step is 0; 1 to 2"),
        ] {
            let result = try await CommandRunner.run(["replay", place.run.path] + arguments)
            #expect(result.status == 64)
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }

    @Test("a run whose data came from standard input cannot be replayed, and nothing waits")
    func standardInput() async throws {
        let trained = try await CommandRunner.run(
            [
                "dpo", "--model", place.model.path, "--data", "-", "--output", place.run.path,
                "--max-length", "64", "--epochs", "1",
            ],
            input: String(contentsOf: data, encoding: .utf8)
        )
        #expect(trained.status == 0, "\(trained.errors)")
        let result = try await replay("--step", "1")
        #expect(result.status == 65)
        #expect(result.errors.contains("cannot read twice"), "\(result.errors)")
    }

    /// Pairs long enough for their activations to take far more than the weights.
    private func longRows() throws -> URL {
        try place.data(
            (0..<40).map { row in
                let tokens = (0..<60).map { "\(($0 * 7 + row) % 96)" }.joined(separator: ",")
                return #"{"prompt_ids": [\#(row)], "chosen_ids": [\#(tokens)], "#
                    + #""rejected_ids": [1, \#(tokens)]}"#
            },
            name: "long.jsonl"
        )
    }

    @Test("where memory does not suffice a step goes on in smaller pieces, with the same numbers")
    func memory() async throws {
        let rows = try longRows()
        let options = [
            "--batch-size", "20", "--micro-batch-tokens", "100000", "--max-length", "128",
        ]
        let free = place.url.appending(path: "free")
        #expect(try await place.train([rows], options, output: free).status == 0)
        let result = try await place.train([rows], options + ["--memory-limit", "4MB"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("step 1: memory did not suffice; it and all further steps"))
        for (limited, whole) in zip(try place.metrics(), try place.metrics(in: free)) {
            for name in ["loss", "grad_norm", "logps/chosen", "entropy"] {
                let (a, b) = (limited[name]?.double ?? .nan, whole[name]?.double ?? .infinity)
                // The same sums in another order.
                #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(name): \(a), \(b)")
            }
        }
    }

    @Test("a row for which memory does not suffice alone is named")
    func tooLargeRow() async throws {
        let result = try await place.train([longRows()], "--memory-limit", "600KB")
        #expect(result.status == 70)
        #expect(result.errors.contains("memory does not suffice for this row alone"))
        #expect(result.errors.contains("long.jsonl:"))
    }
}
