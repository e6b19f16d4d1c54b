import Foundation
import Safetensors
import TestSupport
import Testing

@testable import PyTorchFiles

/// Checkpoints that torch.save wrote (Tools/make_golden_checkpoints.py).
struct PyTorchCheckpointTests {
    @Test(
        "tensors have the names, types, shapes and numbers that PyTorch says",
        arguments: [
            "plain.pth", "protocol4.pth", "nested.pth", "parameters.pth", "strided.pth",
            "tied.pth", "elements.pth", "half.pth", "sharded",
        ]
    )
    func golden(name: String) throws {
        let checkpoint = try PyTorchCheckpoint(Fixtures.checkpoint(name))
        let stem = name.split(separator: ".")[0]
        let golden = try SafetensorsFile(Fixtures.checkpoint("\(stem).safetensors"))
        #expect(!golden.entries.isEmpty)
        #expect(Set(checkpoint.entries.map(\.name)) == Set(golden.entries.map(\.name)))
        for expected in golden.entries {
            #expect(checkpoint.entry(named: expected.name) == expected)
            let found = try checkpoint.withBytes(of: expected.name) { Array($0) }
            #expect(
                try found == golden.withBytes(of: expected.name) { Array($0) },
                "\(expected.name)"
            )
        }
    }

    @Test("tensors are in the dictionary's order, and their numbers stay in the mapped file")
    func order() throws {
        let checkpoint = try PyTorchCheckpoint(Fixtures.checkpoint("plain.pth"))
        #expect(
            checkpoint.entries.map(\.name) == [
                "0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias",
            ]
        )
        let first = try checkpoint.tensorBytes(of: "0.weight")
        let second = try checkpoint.tensorBytes(of: "0.bias")
        let isSameOwner = first.owner === second.owner
        #expect(isSameOwner)
        // PyTorch aligns them, so that they can be used where they lie.
        #expect(Int(bitPattern: first.bytes.baseAddress) % 64 == 0)
    }

    @Test("names of one tensor are told, and a name of a part of it is not one of them")
    func tied() throws {
        let checkpoint = try PyTorchCheckpoint(Fixtures.checkpoint("tied.pth"))
        #expect(checkpoint.tied == ["head.weight": "embed.weight"])
        #expect(try PyTorchCheckpoint(Fixtures.checkpoint("plain.pth")).tied.isEmpty)
    }

    @Test("of two dictionaries with weights the caller names one")
    func ambiguous() throws {
        let url = Fixtures.checkpoint("ambiguous.pth")
        let error = try #require(throws: PyTorchFileError.self) { try PyTorchCheckpoint(url) }
        #expect(error.kind == .noStateDictionary(keys: ["model", "optimizer", "state_dict"]))
        #expect(error.description.contains("`model`, `optimizer`, `state_dict`"))
        for key in ["model", "state_dict"] {
            #expect(try PyTorchCheckpoint(url, key: key).entries.count == 6)
        }
        // Dictionaries in it are put together with dots.
        let optimizer = try PyTorchCheckpoint(url, key: "optimizer")
        #expect(optimizer.entry(named: "state.0.exp_avg")?.shape == [3, 5])
        let other = try #require(throws: PyTorchFileError.self) {
            try PyTorchCheckpoint(url, key: "step")
        }
        #expect(other.kind == .noSuchKey("step", known: ["model", "optimizer", "state_dict"]))
    }

    @Test("the form before PyTorch 1.6 is told, with the way to convert it")
    func legacy() throws {
        let url = Fixtures.checkpoint("legacy.pth")
        let error = try #require(throws: PyTorchFileError.self) { try PyTorchCheckpoint(url) }
        #expect(error.kind == .legacy)
        #expect(error.description.hasPrefix("\(url.path): "))
        #expect(error.description.contains("torch.save(torch.load(old), new)"))
    }

    @Test("a class of another program is refused by its name")
    func foreign() throws {
        let url = Fixtures.checkpoint("foreign.pth")
        let error = try #require(throws: PyTorchFileError.self) { try PyTorchCheckpoint(url) }
        #expect(error.kind == .foreign("argparse.Namespace"))
        #expect(
            error.description
                == "\(url.path): data.pkl holds `argparse.Namespace`, and only tensors"
                + " in dictionaries are read; where you trust the file, load it with PyTorch and save"
                + " its state_dict alone"
        )
    }

    @Test("a tensor that is not there is an error that names it")
    func missing() throws {
        let checkpoint = try PyTorchCheckpoint(Fixtures.checkpoint("plain.pth"))
        #expect(checkpoint.entry(named: "no") == nil)
        let error = #expect(throws: SafetensorsError.self) {
            try checkpoint.tensorBytes(of: "no")
        }
        #expect(error?.tensor == "no")
    }

    @Test("every beginning of a file, and every file with a changed byte, is an error or is read")
    func damaged() throws {
        let whole = try Data(contentsOf: Fixtures.checkpoint("tied.pth"))
        for count in stride(from: 0, to: whole.count, by: 7) {
            #expect(fault(whole.prefix(count)) != nil, "\(count)")
        }
        var read = 0
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0xFF
            bytes.withUnsafeBytes { bytes in
                guard let contents = try? PyTorchContents(bytes, key: nil) else { return }
                read += 1
                for tensor in contents.tensors {
                    let found = tensor.bytes(in: bytes, owner: Self.owner)
                    #expect(found.bytes.count == tensor.entry.byteCount)
                }
            }
        }
        // The numbers themselves and the padding are much of the file.
        #expect(read > whole.count / 4)
    }

    private static let owner = Owner()
    private final class Owner: Sendable {}
}
