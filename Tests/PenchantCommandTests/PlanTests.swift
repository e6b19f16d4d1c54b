import Foundation
import OrderedJSON
import Testing

/// `penchant plan`.
@Suite struct PlanTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func plan(_ more: String...) async throws -> CommandResult {
        try await CommandRunner.run(
            ["plan", "--model", place.model.path, "--data", place.data().path] + more
        )
    }

    /// The number of a part, in MB.
    private func part(_ name: String, _ result: CommandResult) throws -> Double {
        let line = try #require(result.outputLines.first { $0.hasPrefix(name) })
        return try #require(Double(line.split(separator: " ").dropLast().last ?? ""))
    }

    @Test("the plan's parts add up to its peak, and no weights are read")
    func parts() async throws {
        try FileManager.default.removeItem(at: place.model.appending(path: "model.safetensors"))
        let result = try await plan("--micro-batch-tokens", "8", "--reference", "copy")
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.outputLines.filter { $0.hasSuffix(" MB") }
        let numbers = lines.compactMap { Double($0.split(separator: " ").dropLast().last ?? "") }
        // Each part is rounded to a tenth.
        let sum = numbers.dropLast().reduce(0, +)
        #expect(abs(sum - (numbers.last ?? 0)) <= 0.05 * Double(numbers.count) + 0.001)
        #expect(lines.contains { $0.hasPrefix("gradients") })
        #expect(numbers.count >= 8)
        #expect(lines.last?.hasPrefix("peak") == true)
    }

    @Test("the plan is near what the run then takes")
    func measured() async throws {
        let result = try await plan("--max-steps", "2")
        let run = try await place.train([place.data()], "--max-steps", "2")
        #expect(run.status == 0, "\(run.errors)")
        let peak = try #require(place.metrics().last?["memory/peak_bytes"]?.double) / 1e6
        // Of so small a model it is the program alone, and the room that the plan leaves to kernels.
        let planned = try part("peak", result)
        #expect(abs(planned - peak) < 100)
    }

    @Test("an objective without a reference needs the memory of none")
    func referenceFree() async throws {
        let copied = try await plan("--reference", "copy")
        #expect(copied.outputLines.contains { $0.hasPrefix("reference") })
        // It computes in the first pass.
        let cached = try await plan("--reference", "cached")
        #expect(try part("reference", cached) == part("reference", copied))
        let result = try await plan("--loss", "simpo")
        #expect(result.status == 0, "\(result.errors)")
        #expect(!result.outputLines.contains { $0.hasPrefix("reference") })
    }

    @Test("an optimizer needs the memory of what it keeps")
    func optimizers() async throws {
        let adamW = try part("optimizer", await plan())
        let rmsprop = try part("optimizer", await plan("--optimizer", "rmsprop"))
        // Printed to a tenth.
        #expect(abs(rmsprop - adamW / 2) <= 0.1)
        let both = try await plan("--optimizer", "rmsprop", "--momentum", "0.9")
        #expect(try part("optimizer", both) == adamW)
        let sgd = try await plan("--optimizer", "sgd")
        #expect(!sgd.outputLines.contains { $0.hasPrefix("optimizer") })
    }

    @Test("an average of the weights needs as much memory as the weights")
    func average() async throws {
        let result = try await plan("--ema", "0.9")
        #expect(result.status == 0, "\(result.errors)")
        let masters = try part("policy, float32 masters", result)
        #expect(try part("average of the weights", result) == masters)
        let without = try await plan()
        #expect(!without.outputLines.contains { $0.hasPrefix("average") })
    }

    @Test(
        "a plan for an adapter has no optimizer for the weights, and no reference",
        arguments: [
            ["--lora"], ["--lora-rank", "2", "--dora"],
            ["--train", "layers.1", "--reference", "copy"],
        ]
    )
    func partlyTrained(options: [String]) async throws {
        let all = try part("optimizer", try await plan("--micro-batch-tokens", "8"))
        let result = try await CommandRunner.run(
            ["plan", "--model", place.model.path, "--data", place.data().path] + options
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.outputLines.contains { $0.hasPrefix("policy, frozen weights") })
        #expect(try part("optimizer", result) <= all)
        let hasReference = result.outputLines.contains { $0.hasPrefix("reference") }
        #expect(hasReference == (options[0] == "--train"))
        let run = try await place.train([place.data()], options + ["--max-steps", "2"])
        #expect(run.status == 0, "\(run.errors)")
        let peak = try #require(place.metrics().last?["memory/peak_bytes"]?.double) / 1e6
        // As above.
        let planned = try part("peak", result)
        #expect(abs(planned - peak) < 100)
    }

    @Test("a plan knows what preferences of a prompt share in a step")
    func sharedPrompts() async throws {
        // All pairs of three answers to one prompt, and a row of another prompt between them.
        let rows = [
            ("[1, 2, 3]", "[10, 11]", "[10, 12, 13]"), ("[4]", "[5]", "[6, 7]"),
            ("[1, 2, 3]", "[10, 11]", "[20]"), ("[1, 2, 3]", "[10, 12, 13]", "[20]"),
        ].map { #"{"prompt_ids": \#($0), "chosen_ids": \#($1), "rejected_ids": \#($2)}"# }
        let data = try place.data(rows, name: "shared.jsonl")
        func largest(_ more: String...) async throws -> String? {
            let result = try await CommandRunner.run(
                ["plan", "--model", place.model.path, "--data", data.path] + more
            )
            #expect(result.status == 0, "\(result.errors)")
            return result.outputLines.last.map(String.init)
        }
        // 1 2 3 10 12 for all three, and 4 6; sequences alone have 4 + 5 + 4 + 3 + 5 + 3 and 1 + 2.
        #expect(try await largest() == "largest micro-batch: 7 rows")
        #expect(try await largest("--no-prefix-sharing") == "largest micro-batch: 27 rows")
        // The first three rows: 5 and 2 again. A step of the first prompt alone: 5.
        #expect(
            try await largest("--batch-size", "3", "--no-shuffle") == "largest micro-batch: 7 rows"
        )
        #expect(
            try await largest("--batch-size", "3", "--no-shuffle", "--group-by-prompt")
                == "largest micro-batch: 5 rows"
        )
    }

    @Test("settings are refused as by dpo")
    func refused() async throws {
        expectRefusal(
            try await plan("--batch-size", "0"),
            status: 64,
            saying: ["--batch-size is 0", "at least 1 pair"]
        )
        expectRefusal(
            try await plan("--train", "nothing"),
            status: 64,
            saying: ["--train is nothing", "found in the name of no weight"]
        )
        expectRefusal(
            try await plan("--lora-targets", "nothing"),
            status: 64,
            saying: ["--lora-targets is nothing", "names no linear layer"]
        )
    }
}
