import Files
import Foundation
import Safetensors
import TestSupport
import Testing

@Suite("SafetensorsWriter")
struct SafetensorsWriterTests {
    let folder: TemporaryFolder
    var url: URL { folder.url.appending(path: "model.safetensors") }

    init() throws { folder = try TemporaryFolder() }

    @Test("the bytes are those of the reference implementation")
    func referenceBytes() throws {
        // safetensors 0.8.0 for Python:
        //   safetensors.numpy.save({"b": np.array([1, -2], dtype=np.int64),
        //       "w": np.array([[1.5, -0.25]], dtype=np.float32), "s": np.array(True)},
        //       metadata={"format": "pt"})
        let header =
            #"{"__metadata__":{"format":"pt"},"b":{"dtype":"I64","shape":[2],"#
            + #""data_offsets":[0,16]},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]},"#
            + #""s":{"dtype":"BOOL","shape":[],"data_offsets":[24,25]}}  "#
        let data: [UInt8] = [
            0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0x00, 0x00, 0xC0, 0x3F, 0x00, 0x00, 0x80, 0xBE, 0x01,
        ]
        let expected = Data([0xC8, 0, 0, 0, 0, 0, 0, 0]) + Data(header.utf8) + Data(data)

        let ranges = ["b": 0..<16, "w": 16..<24, "s": 24..<25]
        let entries = [
            try TensorEntry(name: "b", element: .int64, shape: [2]),
            try TensorEntry(name: "w", element: .float32, shape: [1, 2]),
            try TensorEntry(name: "s", element: .bool, shape: []),
        ]
        try SafetensorsWriter.write(to: url, entries: entries) { entry, write in
            let range = try #require(ranges[entry.name])
            try Array(data[range]).withUnsafeBytes { try write($0) }
        }
        #expect(try Data(contentsOf: url) == expected)
    }

    @Test("every type and shape comes back as it was", arguments: TensorElement.allCases)
    func roundTrip(_ element: TensorElement) throws {
        let shapes = [[], [1], [0], [3], [2, 3], [2, 0, 4], [1, 1, 1, 5]]
        let samples = try shapes.enumerated().map { index, shape in
            try Sample("t\(index)", element, shape, seed: UInt8(index))
        }
        try SafetensorsWriter.write(
            to: url,
            metadata: ["b": "2", "a": "\"é\n"],
            entries: samples.map(\.entry),
            bytes: source(samples)
        )
        let file = try SafetensorsFile(url)
        #expect(file.metadata == ["a": "\"é\n", "b": "2"])
        #expect(file.entries == samples.map(\.entry))
        for sample in samples {
            #expect(try file.withBytes(of: sample.entry.name) { Array($0) } == sample.bytes)
        }
        #expect(try folder.names() == ["model.safetensors"])
    }

    @Test("the data begin at a multiple of 8 bytes, and no metadata leave no trace")
    func padding() throws {
        for length in 1...9 {
            let sample = try Sample(String(repeating: "n", count: length), .float32, [1])
            try SafetensorsWriter.write(
                to: url,
                metadata: [:],
                entries: [sample.entry],
                bytes: source([sample])
            )
            let bytes = try Data(contentsOf: url)
            #expect(bytes.count % 8 == 4)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("__metadata__"))
            #expect(try SafetensorsFile(url).entries == [sample.entry])
        }
    }

    @Test("a tensor may come in pieces")
    func pieces() throws {
        let sample = try Sample("a", .int16, [5])
        try SafetensorsWriter.write(to: url, entries: [sample.entry]) { _, write in
            for byte in sample.bytes { try withUnsafeBytes(of: byte) { try write($0) } }
        }
        #expect(try SafetensorsFile(url).withBytes(of: "a") { Array($0) } == sample.bytes)
    }

    @Test("too few or too many bytes are refused, and the old file stays", arguments: [3, 5])
    func wrongByteCount(_ count: Int) throws {
        try Data("old".utf8).write(to: url)
        let entry = try TensorEntry(name: "a", element: .float32, shape: [1])
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsWriter.write(to: url, entries: [entry]) { _, write in
                try [UInt8](repeating: 0, count: count).withUnsafeBytes { try write($0) }
            }
        }
        #expect(error?.kind == .wrongByteCount(expected: 4, found: count))
        #expect(
            error?.description
                == "\(url.path): tensor \"a\": 4 bytes are to be written, but \(count) were given"
        )
        #expect(try Data(contentsOf: url) == Data("old".utf8))
        #expect(try folder.names() == ["model.safetensors"])
    }

    @Test("an error of the source passes through and leaves nothing behind")
    func sourceFails() throws {
        struct Stop: Error {}
        let sample = try Sample("a", .int8, [4])
        #expect(throws: Stop.self) {
            try SafetensorsWriter.write(to: url, entries: [sample.entry]) { _, _ in throw Stop() }
        }
        #expect(throws: Stop.self) {
            try SafetensorsWriter.writeCheckpoint(to: folder.url, entries: [sample.entry]) { _, _ in
                throw Stop()
            }
        }
        #expect(try folder.names() == [])
    }

    @Test("names that the format cannot hold are refused")
    func names() throws {
        let twice = try Sample("a", .int8, [1]).entry
        var error = #expect(throws: SafetensorsError.self) {
            try SafetensorsWriter.write(to: url, entries: [twice, twice]) { _, _ in }
        }
        #expect(error?.kind == .duplicateName)
        let reserved = try Sample("__metadata__", .int8, [1]).entry
        error = #expect(throws: SafetensorsError.self) {
            try SafetensorsWriter.write(to: url, entries: [reserved]) { _, _ in }
        }
        #expect(error?.kind == .reservedName)
        #expect(try folder.names() == [])
    }

    @Test("an entry with a shape that cannot be is refused")
    func impossibleEntries() {
        #expect(throws: SafetensorsError.self) {
            try TensorEntry(name: "a", element: .int8, shape: [2, -1])
        }
        #expect(throws: SafetensorsError.self) {
            try TensorEntry(name: "a", element: .int16, shape: [Int.max])
        }
    }

    @Test("tensors that together are too large are refused before anything is written")
    func tooLargeTogether() throws {
        let entries = try ["a", "b"].map {
            try TensorEntry(name: $0, element: .int8, shape: [Int.max])
        }
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsWriter.write(to: url, entries: entries) { _, _ in }
        }
        #expect(error?.tensor == "b")
        #expect(try folder.names() == [])
    }

    @Test("a folder that is not there is told by the system's word")
    func noFolder() throws {
        let place = folder.url.appending(path: "none/model.safetensors")
        #expect(throws: FileError.self) {
            try SafetensorsWriter.write(to: place, entries: []) { _, _ in }
        }
    }
}
