import Foundation
import Safetensors
import TestSupport
import Testing

@testable import PyTorchFiles

/// What PyTorch itself reads is checked by Tools/check_conversions.py.
struct PyTorchWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func numbers(_ entry: TensorEntry) -> [UInt8] {
        (0..<entry.byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ entry.name.utf8.count) }
    }

    @Test("what is written is read with the same entries and bytes, each aligned to 64 bytes")
    func roundTrip() throws {
        var entries = try TensorElement.allCases.map {
            try TensorEntry(name: "a.\($0.rawValue)", element: $0, shape: [3, 5])
        }
        entries.append(try TensorEntry(name: "scalar é", element: .float32, shape: []))
        entries.append(
            try TensorEntry(name: "empty", element: .float32, shape: [0, 1 << 40, 1 << 40])
        )
        let url = folder.url.appending(path: "model.pth")
        try PyTorchWriter.write(to: url, entries: entries) { entry, write in
            // In two pieces.
            let bytes = numbers(entry)
            try bytes.prefix(1).withUnsafeBytes(write)
            try bytes.dropFirst().withUnsafeBytes(write)
        }
        let file = try PyTorchFile(url, key: nil)
        #expect(file.entries == entries)
        for entry in entries {
            let tensor = try file.tensorBytes(of: entry.name)
            withExtendedLifetime(tensor.owner) {
                #expect(Array(tensor.bytes) == numbers(entry), "\(entry.name)")
                let isAligned = Int(bitPattern: tensor.bytes.baseAddress) % 64 == 0
                #expect(isAligned || entry.byteCount == 0)
            }
        }
    }

    @Test("shards and their index are written and read")
    func shards() throws {
        let entries = try ["a", "b", "c"].map {
            try TensorEntry(name: $0, element: .float32, shape: [2])
        }
        try PyTorchWriter.writeCheckpoint(
            to: folder.url,
            entries: entries,
            maximumShardByteCount: 16
        ) { try numbers($0).withUnsafeBytes($1) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == [
                "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin",
                "pytorch_model.bin.index.json",
            ]
        )
        let checkpoint = try PyTorchCheckpoint(folder.url)
        #expect(checkpoint.entries == entries)
        #expect(try checkpoint.withBytes(of: "c") { Array($0) } == numbers(entries[2]))
    }

    @Test("a wrong number of bytes and a name twice are errors, and leave nothing behind")
    func refusals() throws {
        let entry = try TensorEntry(name: "a", element: .uint8, shape: [3])
        let url = folder.url.appending(path: "a.pth")
        for found in [2, 4] {
            let error = try #require(throws: PyTorchFileError.self) {
                try PyTorchWriter.write(to: url, entries: [entry]) { _, write in
                    try [UInt8](repeating: 1, count: found).withUnsafeBytes(write)
                }
            }
            #expect(error.kind == .tensor("a", .wrongByteCount(expected: 3, found: found)))
        }
        let error = try #require(throws: PyTorchFileError.self) {
            try PyTorchWriter.write(to: url, entries: [entry, entry]) { _, _ in }
        }
        #expect(error.kind == .tensor("a", .twice))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }
}
