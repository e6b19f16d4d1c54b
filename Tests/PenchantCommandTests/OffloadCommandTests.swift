import Foundation
import Testing

/// `penchant dpo --offload`.
@Suite struct OffloadCommandTests {
    @Test(
        "weights are those of a run in memory, and nothing is left in the folder",
        arguments: [[], ["--dtype", "bfloat16"], ["--lora"], ["--epochs", "2", "--ema", "0.9"]]
    )
    func same(options: [String]) async throws {
        let place = try Workplace()
        let data = try place.data()
        let folder = place.url.appending(path: "offload", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let plain = try await place.train(
            [data],
            options,
            output: place.url.appending(path: "plain")
        )
        #expect(plain.status == 0, "\(plain.errors)")
        let kept = try await place.train([data], options + ["--offload", folder.path])
        #expect(kept.status == 0, "\(kept.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        let name = options.contains("--lora") ? "adapter/adapter_model" : "model/model"
        let weights = try ["plain", "run"].map {
            try Data(contentsOf: place.url.appending(path: "\($0)/\(name).safetensors"))
        }
        #expect(weights[0] == weights[1])
    }

    @Test("a folder that is not there is refused before anything is loaded, in one line")
    func refused() async throws {
        let place = try Workplace()
        let missing = place.url.appending(path: "missing").path
        let result = try await place.train([place.data()], "--offload", missing)
        #expect(result.status == 64)
        let line = try #require(result.errorLines.last)
        #expect(line.contains("offload is \(missing)"), "\(line)")
        #expect(line.contains("No such file or directory"), "\(line)")
        #expect(line.contains("a folder that can be written to"), "\(line)")
        #expect(!place.runExists)
    }
}
