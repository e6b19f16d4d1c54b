import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing

/// Adapters and chosen weights on the command line: `dpo`, `score` and `merge`.
@Suite struct AdapterCommandTests {
    private let place: Workplace
    private let data: URL

    init() throws {
        place = try Workplace()
        data = try place.data()
    }

    private var adapter: URL { place.run.appending(path: "adapter") }

    private func merge(_ adapter: URL, to output: URL, _ more: String...) async throws
        -> CommandResult
    {
        try await CommandRunner.run(
            ["merge", "--model", place.model.path, "--adapter", adapter.path]
                + ["--output", output.path] + more
        )
    }

    @Test("an adapter is trained, scored with, merged, and gone on from")
    func adapters() async throws {
        let result = try await place.train(
            [data],
            "--lora-rank",
            "4",
            "--dora",
            "--lora-dropout",
            "0.1"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("adapter  \(adapter.path)"))
        #expect(try place.runFiles == ["adapter", "config.yaml", "metrics.jsonl"])
        let written = try JSONValue(contentsOf: adapter.appending(path: "adapter_config.json"))
        #expect(written["peft_type"] == "LORA")
        #expect(written["base_model_name_or_path"] == .string(place.model.path))
        #expect(written["lora_alpha"] == 32)
        #expect(
            written["target_modules"] == [
                "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj",
            ]
        )
        // Rank 4 · (4 · (16 + 16) + 3 · (16 + 32)), lengths 4 · 16 + 2 · 32 + 16; two layers.
        #expect(result.errors.contains("training 2,464 parameters"), "\(result.errors)")

        let base = try await place.score([data])
        let adapted = try await place.score([data], "--adapter", adapter.path)
        #expect(adapted.status == 0, "\(adapted.errors)")
        #expect(adapted.output != base.output)
        #expect(adapted.errors.contains("made for \(place.model.path)"))
        let merged = place.url.appending(path: "merged")
        let merging = try await merge(adapter, to: merged)
        #expect(merging.status == 0, "\(merging.errors)")
        #expect(try await place.score([data], model: merged).output == adapted.output)

        let next = place.url.appending(path: "next")
        let more = try await place.train([data], "--adapter", adapter.path, output: next)
        #expect(more.status == 0, "\(more.errors)")
        #expect(
            try JSONValue(contentsOf: next.appending(path: "adapter/adapter_config.json"))
                == written
        )
        #expect(
            try await place.score([data], "--adapter", next.appending(path: "adapter").path)
                .output != adapted.output
        )
    }

    @Test("a merged model has the dtype that is asked for, and nothing is left of a failure")
    func mergeDType() async throws {
        let trained = try await place.train([data], "--lora", "--max-steps", "1")
        #expect(trained.status == 0, "\(trained.errors)")
        let output = place.url.appending(path: "half")
        let result = try await merge(adapter, to: output, "--dtype", "bfloat16")
        #expect(result.status == 0, "\(result.errors)")
        #expect(try SafetensorsCheckpoint(output).entries.allSatisfy { $0.element == .bfloat16 })
        let configuration = try JSONValue(contentsOf: output.appending(path: "config.json"))
        #expect(configuration["torch_dtype"] == "bfloat16")
        expectRefusal(
            try await merge(adapter, to: output),
            status: 64,
            saying: ["--output", "holds files"]
        )
        let names = try FileManager.default.contentsOfDirectory(atPath: place.url.path)
        try Data("{}".utf8).write(to: adapter.appending(path: "adapter_config.json"))
        expectRefusal(
            try await merge(adapter, to: place.url.appending(path: "other")),
            status: 65,
            saying: ["adapter_config.json", "peft_type"]
        )
        expectRefusal(
            try await merge(place.url.appending(path: "none"), to: place.url.appending(path: "x")),
            status: 65,
            saying: ["none/adapter_config.json", "No such file"]
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.url.path) == names)
    }

    @Test("an adapter of another base is refused, and both are named")
    func otherBase() async throws {
        let fixture = Fixtures.model("llama-tiny/adapters/lora")
        expectRefusal(
            try await place.train([data], "--adapter", fixture.path),
            status: 65,
            saying: ["made for tiny/llama-tiny", "does not fit \(place.model.path)"]
        )
        #expect(!place.runExists)
        expectRefusal(
            try await CommandRunner.run(
                ["plan", "--model", place.model.path, "--data", data.path]
                    + ["--adapter", fixture.path]
            ),
            status: 65,
            saying: ["made for tiny/llama-tiny", "does not fit \(place.model.path)"]
        )
    }

    @Test("weights that are cut short are told before the data are read")
    func order() async throws {
        let weights = place.model.appending(path: "model.safetensors")
        try Data(contentsOf: weights).dropLast(1000).write(to: weights)
        let bad = place.url.appending(path: "bad.jsonl")
        try Data("[".utf8).write(to: bad)
        for result in [try await place.train([bad]), try await place.score([bad])] {
            expectRefusal(result, status: 65, saying: ["model.safetensors", "cut short"])
        }
    }

    @Test("with --train only the weights move whose names match")
    func train() async throws {
        let result = try await place.train([data], "--train", "lm_head|norm")
        #expect(result.status == 0, "\(result.errors)")
        let old = try SafetensorsCheckpoint(place.model)
        let new = try SafetensorsCheckpoint(place.trained)
        for entry in old.entries {
            let isSame = try old.withBytes(of: entry.name) { bytes in
                try new.withBytes(of: entry.name) { bytes.elementsEqual($0) }
            }
            let isChosen = entry.name.contains("lm_head") || entry.name.contains("norm")
            #expect(isSame != isChosen, "\(entry.name)")
        }
    }

    @Test(
        "settings that cannot be used are refused before anything is written",
        arguments: [
            (["--train", "xyz"], ["--train is xyz", "found in the name of no weight", "lm_head"]),
            (["--train", "("], ["--train", "not a regular expression"]),
            (["--train", "norm", "--lora"], ["--train", "either"]),
            (["--adapter", "x", "--lora-rank", "4"], ["--adapter", "either"]),
            (["--lora", "--sync-reference", "soft"], ["--sync-reference", "with an adapter"]),
            (["--lora-rank", "0"], ["--lora-rank is 0", "1 to 65536"]),
            (["--lora-alpha", "nan"], ["--lora-alpha is nan", "above 0"]),
            (["--lora-dropout", "1"], ["--lora-dropout is 1.0", "below 1"]),
            (["--lora-targets", "q_proj,qq"], ["--lora-targets is qq", "k_proj, o_proj"]),
            (["--lora-targets", "q_proj,"], ["--lora-targets", "empty name"]),
            (["--lora-targets", "(q"], ["--lora-targets", "not a regular expression"]),
            (["--lora-targets", "q_proj|k_proj"], ["names no linear layer", "whole names"]),
        ] as [([String], [String])]
    )
    func badSettings(arguments: [String], words: [String]) async throws {
        let result = try await CommandRunner.run(
            ["dpo", "--model", place.model.path, "--output", place.run.path]
                + ["--data", data.path] + arguments
        )
        expectRefusal(result, status: 64, saying: words)
        #expect(!place.runExists)
    }
}
