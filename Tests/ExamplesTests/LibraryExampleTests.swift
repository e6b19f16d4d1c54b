import ExampleSupport
import Foundation
import LanguageModels
import TestSupport
import Testing

@testable import LibraryExample

/// Penchant as others use it.
@Suite struct LibraryExampleTests {
    private func model() throws -> TemporaryModel {
        try TemporaryModel(
            .llama(hidden: 32, intermediate: 64, layers: 2, heads: 2, keyValueHeads: 2),
            seed: 42
        )
    }

    private func rows(_ row: (Int) -> String) -> String {
        (0..<24).map { row($0) + "\n" }.joined()
    }

    @Test("a model is trained on preferences and saved as a folder that loads")
    func training() throws {
        let model = try model()
        let folder = try TemporaryFolder()
        let data = try folder.write(
            "preferences.jsonl",
            rows { #"{"prompt": "\#($0)?", "chosen": " yes", "rejected": " no"}"# }
        )
        let output = folder.url.appending(path: "trained", directoryHint: .isDirectory)
        try train(model.folder, on: data, to: output)
        #expect(try ModelFolder(output).load().trainedParameterCount > 0)
        let weights = try [model.folder, output].map {
            try Data(contentsOf: $0.appending(path: "model.safetensors"))
        }
        #expect(weights[0] != weights[1])
    }

    @Test("an adapter is trained on demonstrations and saved beside nothing else")
    func fineTuning() throws {
        let model = try model()
        let folder = try TemporaryFolder()
        let data = try folder.write(
            "demonstrations.jsonl",
            rows { #"{"prompt": "\#($0)?", "completion": " yes, \#($0)"}"# }
        )
        let output = folder.url.appending(path: "adapter", directoryHint: .isDirectory)
        let losses = try fineTune(model.folder, on: data, to: output)
        // Two epochs of 24 rows, eight a step.
        try #require(losses.count == 6)
        #expect(losses[5] < losses[0])
        #expect(try AdapterFolder(output).configuration.rank == 4)
    }
}
