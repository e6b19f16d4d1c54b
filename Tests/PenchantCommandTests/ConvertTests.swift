import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing

/// `penchant convert`.
@Suite struct ConvertTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func output(_ name: String = "out") -> URL { place.url.appending(path: name) }

    private func convert(_ model: URL, to output: URL, _ more: String...) async throws
        -> CommandResult
    {
        try await CommandRunner.run(
            ["convert", "--model", model.path, "--output", output.path] + more
        )
    }

    private func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// A checkpoint that Tools/make_golden_checkpoints.py made.
    private func checkpoint(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "PyTorchFilesTests/Fixtures/\(name)")
    }

    @Test("a model goes to PyTorch's format and back bitwise, with its other files")
    func roundTrip() async throws {
        let template = place.model.appending(path: "chat_template.jinja")
        try Data("{{ messages }}".utf8).write(to: template)
        let torch = output("torch")
        let first = try await convert(place.model, to: torch, "--format", "pytorch")
        #expect(first.status == 0, "\(first.errors)")
        #expect(
            try names(in: torch) == [
                "chat_template.jinja", "config.json", "pytorch_model.bin", "tokenizer.json",
                "tokenizer_config.json",
            ]
        )
        let back = output("back")
        let second = try await convert(torch, to: back)
        #expect(second.status == 0, "\(second.errors)")
        for name in ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"] {
            #expect(
                try Data(contentsOf: back.appending(path: name))
                    == Data(contentsOf: place.model.appending(path: name)),
                "\(name)"
            )
        }
        // A model in PyTorch's format scores as the other does.
        let data = try place.data()
        let scores = try await place.score([data])
        #expect(scores.status == 0)
        #expect(try await place.score([data], model: torch).output == scores.output)
    }

    @Test("dtype and size of files are as asked for, and config.json says the dtype")
    func dtype() async throws {
        let result = try await convert(
            place.model,
            to: output(),
            "--dtype",
            "bfloat16",
            "--max-shard-size",
            "10KB"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try names(in: output()).contains("model.safetensors.index.json"))
        let old = try SafetensorsCheckpoint(place.model)
        let new = try SafetensorsCheckpoint(output())
        #expect(new.files.count > 1)
        #expect(new.entries.map(\.name) == old.entries.map(\.name))
        for entry in new.entries {
            #expect(entry.element == .bfloat16)
            let exact = try old.withBytes(of: entry.name) { bytes in
                (0..<entry.elementCount).map {
                    bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
                }
            }
            try new.withBytes(of: entry.name) { bytes in
                for (index, value) in exact.enumerated() {
                    let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                    let rounded = Float(bitPattern: UInt32(bits) << 16)
                    // bfloat16 has 8 bits, so that half a unit is 1/256 of its power of two.
                    #expect(abs(rounded - value) <= value.binade.magnitude / 256)
                }
            }
        }
        let configuration = try JSONValue(
            contentsOf: output().appending(path: "config.json")
        )
        #expect(configuration["torch_dtype"] == "bfloat16")
    }

    @Test("a .pth alone takes its config.json and tokenizer from where the flags say")
    func file() async throws {
        let config = place.url.appending(path: "my.json")
        try Data(#"{"model_type": "minimind", "tie_word_embeddings": true}"#.utf8).write(to: config)
        let file = checkpoint("half.pth")
        let refused = try await convert(file, to: output())
        expectRefusal(refused, status: 64, saying: ["--config is missing", "config.json"])

        let result = try await convert(
            file,
            to: output(),
            "--config",
            config.path,
            "--tokenizer",
            place.model.path,
            "--dtype",
            "float32"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.errors.contains("lm_head.weight is left out: it is model.embed_tokens.weight")
        )
        let written = try SafetensorsCheckpoint(output())
        #expect(written.entries.map(\.name) == ["model.embed_tokens.weight", "model.norm.weight"])
        #expect(written.entries.allSatisfy { $0.element == .float32 })
        #expect(
            try names(in: output()) == [
                "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
            ]
        )
        // Where config.json does not tie them both are written.
        try Data("{}".utf8).write(to: config)
        let untied = output("untied")
        #expect(try await convert(file, to: untied, "--config", config.path).status == 0)
        #expect(try SafetensorsCheckpoint(untied).entries.count == 3)
    }

    @Test("of several dictionaries in a file --key names the one")
    func key() async throws {
        let config = place.model.appending(path: "config.json")
        let file = checkpoint("ambiguous.pth")
        let refused = try await convert(file, to: output(), "--config", config.path)
        expectRefusal(refused, status: 65, saying: ["ambiguous.pth", "state_dict", "--key"])
        let result = try await convert(
            file,
            to: output(),
            "--config",
            config.path,
            "--key",
            "state_dict"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try SafetensorsCheckpoint(output()).entries.count == 6)
    }

    @Test("what cannot be converted is refused, and nothing is left behind")
    func refusals() async throws {
        let config = place.model.appending(path: "config.json").path
        let before = try names(in: place.url)
        expectRefusal(
            try await convert(place.model, to: place.model),
            status: 64,
            saying: ["--output", "holds files", "an empty or new folder"]
        )
        expectRefusal(
            try await convert(place.url.appending(path: "none"), to: output()),
            status: 65,
            saying: ["none", "there is no such file"]
        )
        expectRefusal(
            try await convert(checkpoint("legacy.pth"), to: output(), "--config", config),
            status: 65,
            saying: ["legacy.pth", "before 1.6"]
        )
        expectRefusal(
            try await convert(checkpoint("foreign.pth"), to: output(), "--config", config),
            status: 65,
            saying: ["`argparse.Namespace`"]
        )
        for size in ["0", "5XB", "-1", "99999999999GB"] {
            let result = try await convert(place.model, to: output(), "--max-shard-size=\(size)")
            expectRefusal(result, status: 64, saying: ["max-shard-size"])
        }
        #expect(try names(in: place.url) == before)

        var tiny = TinyModel()
        tiny.weights[3].values[5] = 70000
        let large = place.url.appending(path: "large")
        try tiny.write(to: large)
        let result = try await convert(large, to: output(), "--dtype", "float16")
        expectRefusal(result, status: 65, saying: [tiny.weights[3].name, "too large for float16"])
        #expect(try names(in: place.url) == (before + ["large"]).sorted())
        #expect(try await convert(large, to: output(), "--dtype", "bfloat16").status == 0)
    }
}
