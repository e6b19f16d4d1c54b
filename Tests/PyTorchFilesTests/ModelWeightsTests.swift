import Files
import Foundation
import Safetensors
import TestSupport
import Testing

@testable import PyTorchFiles

struct ModelWeightsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func copy(_ fixture: String, _ name: String) throws {
        _ = try folder.write(name, Data(contentsOf: Fixtures.checkpoint(fixture)))
    }

    private var names: [String] {
        get throws { try ModelWeights.open(folder.url).entries.map(\.name).sorted() }
    }

    @Test("safetensors come before PyTorch's names, and these before a .pth of any name")
    func precedence() throws {
        try copy("sharded/pytorch_model-00002-of-00002.bin", "my.pth")
        #expect(try names == ["c"])
        try copy("parameters.pth", "pytorch_model.bin")
        #expect(try names == ["frozen", "w"])
        try copy("half.safetensors", "model.safetensors")
        #expect(try names.contains("lm_head.weight"))
    }

    @Test("other files of a training run are not taken for weights")
    func others() throws {
        for name in ["optimizer.pt", "training_args.bin"] { _ = try folder.write(name, "x") }
        let error = try #require(throws: SafetensorsError.self) {
            try ModelWeights.open(folder.url)
        }
        #expect(error.kind == .noCheckpoint)
        #expect(error.description.contains("nor one .pth file"))
    }

    @Test("of several .pth files none is guessed")
    func several() throws {
        try copy("plain.pth", "b.pth")
        try copy("plain.pth", "a.pth")
        let error = try #require(throws: PyTorchFileError.self) {
            try ModelWeights.open(folder.url)
        }
        #expect(error.kind == .severalFiles(["a.pth", "b.pth"]))
    }

    @Test("a file is read by what its name says")
    func files() throws {
        #expect(try ModelWeights.open(Fixtures.checkpoint("half.pth")).entries.count == 3)
        #expect(try ModelWeights.open(Fixtures.checkpoint("half.safetensors")).entries.count == 3)
        let missing = folder.url.appending(path: "none.pth")
        #expect(throws: FileError.self) { try ModelWeights.open(missing) }
    }
}
