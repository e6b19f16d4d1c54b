import Foundation
import Safetensors
import Testing

@testable import PyTorchFiles

/// Zip files that nobody means well with.
struct HostileZipTests {
    private let sound = HandmadeZip(
        pickle: Pickle.dictionary { $0.tensor([2, 3], strides: [3, 1], count: 6) }
    )

    private func fault(_ change: (inout HandmadeZip) -> Void) -> PyTorchFileError.Kind? {
        var zip = sound
        change(&zip)
        return PyTorchFilesTests.fault(zip.bytes)
    }

    @Test("the zip of these tests is read where nothing is wrong with it, with a comment too")
    func soundZip() {
        #expect(fault { _ in } == nil)
        #expect(fault { $0.comment = Array("a comment".utf8) } == nil)
    }

    @Test("entries that are not stored as they are, or hidden, are refused")
    func entries() {
        let name = "a/data/0"
        #expect(fault { $0.entries[2].method = 8 } == .entry(name, .compressed))
        #expect(fault { $0.entries[2].flags = 1 } == .entry(name, .encrypted))
        #expect(fault { $0.entries[2].flags = 0x2000 } == .entry(name, .encrypted))
        #expect(fault { $0.entries[2].localName = "a/data/1" } == .entry(name, .otherName))
        #expect(fault { $0.entries.append($0.entries[2]) } == .entry(name, .twice))
    }

    @Test("entries must lie in the file, and none in another's bytes")
    func places() {
        let name = "a/data/0"
        for offset in [1, 0xFFFF_FFF0, 0xFFFF_FFFF] {
            #expect(fault { $0.entries[2].offset = offset } != nil, "\(offset)")
        }
        #expect(fault { $0.entries[2].size = 0xFFFF_FFF0 } == .entry(name, .outsideFile))
        // Without the extra field that 0xFFFFFFFF announces.
        #expect(fault { $0.entries[2].size = 0xFFFF_FFFF } == .directoryDamaged)
        // Longer than it is, into the directory.
        #expect(fault { $0.entries[2].size = 25 } == .entry(name, .outsideFile))
        // Longer than it is, into the next one.
        #expect(fault { $0.entries[1].size = 7 } == .entry(name, .overlaps("a/byteorder")))
        // Two names for one header.
        #expect(
            fault { zip in
                zip.entries.append(zip.entries[2])
                zip.entries[3].name = "a/data/1"
                zip.entries[3].localName = "a/data/0"
                zip.entries[3].offset = 0
            } == .entry("a/data/1", .otherName)
        )
    }

    @Test("a directory that says otherwise than it is, is damaged")
    func directory() {
        for count in [0, 2, 4, 0xFFFF] {
            #expect(fault { $0.count = count } == .directoryDamaged)
        }
        let file = sound.bytes
        #expect(PyTorchFilesTests.fault(Data()) == .notZip)
        #expect(PyTorchFilesTests.fault(file.dropLast()) == .notZip)
        #expect(PyTorchFilesTests.fault(file + [0]) == .notZip)
        // Bytes before the file move everything.
        #expect(PyTorchFilesTests.fault([0] + file) == .directoryDamaged)
    }

    @Test("a zip64 record must say what the other record says")
    func zip64() throws {
        let folder = FileManager.default.temporaryDirectory
        let url = folder.appending(path: "penchant-zip64-\(UUID().uuidString).pth")
        defer { try? FileManager.default.removeItem(at: url) }
        try PyTorchWriter.write(
            to: url,
            entries: [TensorEntry(name: "w", element: .uint8, shape: [3])]
        ) { _, write in
            try [UInt8](1...3).withUnsafeBytes(write)
        }
        let file = try Data(contentsOf: url)
        #expect(PyTorchFilesTests.fault(file) == nil)
        // The last 22 bytes are the small record, 20 before them the locator, 56 before these the
        // large record, whose last 24 bytes are the count, the size and the place.
        let large = file.count - 22 - 20 - 56
        for place in [
            large, large + 4, large + 24, large + 32, large + 40, large + 48, file.count - 42 + 8,
            file.count - 12, file.count - 10, file.count - 6,
        ] {
            var changed = file
            changed[place] ^= 1
            #expect(PyTorchFilesTests.fault(changed) == .directoryDamaged, "\(place - large)")
        }
        var far = file
        for byte in large + 40..<large + 56 { far[byte] = 0xFF }
        #expect(PyTorchFilesTests.fault(far) == .directoryDamaged)
    }

    @Test("one data.pkl in one folder is needed, and little-endian numbers")
    func checkpoint() {
        #expect(fault { $0.entries[0].name = "data.pkl" } == .pickles(count: 0))
        #expect(fault { $0.entries[0].name = "a/b/data.pkl" } == .pickles(count: 0))
        #expect(
            fault { $0.entries.append(.init(name: "b/data.pkl", bytes: [])) } == .pickles(count: 2)
        )
        #expect(fault { $0.entries[1].bytes = Array("big".utf8) } == .bigEndian)
        #expect(fault { $0.entries.remove(at: 1) } == nil)
    }
}
