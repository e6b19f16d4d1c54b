import Foundation
import Safetensors
import TestSupport

@testable import PyTorchFiles

extension Fixtures {
    /// A checkpoint that Tools/make_golden_checkpoints.py made.
    static func checkpoint(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/\(name)")
    }
}

/// A pickle written by hand.
struct Pickle {
    var bytes: [UInt8] = [0x80, 2]

    /// Instructions that are letters, with their operands.
    mutating func add(_ text: String) { bytes += text.utf8 }

    mutating func add(_ code: [UInt8]) { bytes += code }

    mutating func text(_ text: String) {
        add("X")
        bytes += withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) } + text.utf8
    }

    mutating func integer(_ value: Int) {
        add([0x8A, 8])
        bytes += withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    mutating func integers(_ values: [Int]) {
        add("(")
        for value in values { integer(value) }
        add("t")
    }

    /// A tensor of a storage.
    mutating func tensor(
        _ shape: [Int],
        strides: [Int],
        offset: Int = 0,
        count: Int,
        storageClass: String = "torch\nFloatStorage",
        key: String = "0"
    ) {
        add("ctorch._utils\n_rebuild_tensor_v2\n((")
        text("storage")
        add("c\(storageClass)\n")
        text(key)
        text("cpu")
        integer(count)
        add("tQ")
        integer(offset)
        integers(shape)
        integers(strides)
        add([0x89])
        add("}tR")
    }

    /// A dictionary of one tensor, whole.
    static func dictionary(_ body: (inout Pickle) -> Void) -> [UInt8] {
        var pickle = Pickle()
        pickle.add("}")
        pickle.text("w")
        body(&pickle)
        pickle.add("s.")
        return pickle.bytes
    }
}

/// A zip file written by hand, with whatever lies a test wants.
struct HandmadeZip {
    struct Entry {
        var name: String
        var localName: String?
        var bytes: [UInt8]
        var flags: UInt16 = 0
        var method: UInt16 = 0
        /// What the directory says, where that is another.
        var size: Int?
        var offset: Int?
    }

    var entries: [Entry]
    var comment: [UInt8] = []
    var count: Int?

    /// A checkpoint with a pickle and one storage.
    init(pickle: [UInt8], storage: [UInt8] = [UInt8](repeating: 0, count: 24)) {
        entries = [
            Entry(name: "a/data.pkl", bytes: pickle),
            Entry(name: "a/byteorder", bytes: Array("little".utf8)),
            Entry(name: "a/data/0", bytes: storage),
        ]
    }

    var bytes: Data {
        var file = ByteWriter()
        var directory = ByteWriter()
        for entry in entries {
            let offset = file.bytes.count
            let name = Array((entry.localName ?? entry.name).utf8)
            file.append(0x0403_4B50 as UInt32, UInt16(20), entry.flags, entry.method, UInt32(0))
            file.append(UInt32(0), UInt32(entry.bytes.count), UInt32(entry.bytes.count))
            file.append(UInt16(name.count), UInt16(0))
            file.bytes += name + entry.bytes
            let size = UInt32(entry.size ?? entry.bytes.count)
            directory.append(0x0201_4B50 as UInt32, UInt16(20), UInt16(20), entry.flags)
            directory.append(entry.method, UInt32(0), UInt32(0), size, size)
            directory.append(UInt16(entry.name.utf8.count), UInt16(0), UInt16(0), UInt16(0))
            directory.append(UInt16(0), UInt32(0), UInt32(entry.offset ?? offset))
            directory.bytes += entry.name.utf8
        }
        let start = file.bytes.count
        file.bytes += directory.bytes
        let count = UInt16(self.count ?? entries.count)
        file.append(0x0605_4B50 as UInt32, UInt16(0), UInt16(0), count, count)
        file.append(UInt32(directory.bytes.count), UInt32(start), UInt16(comment.count))
        return Data(file.bytes + comment)
    }
}

/// What is wrong with a file's bytes.
func fault(_ bytes: Data, key: String? = nil) -> PyTorchFileError.Kind? {
    bytes.withUnsafeBytes { bytes in
        do throws(PyTorchFileError.Kind) {
            _ = try PyTorchContents(bytes, key: key)
            return nil
        } catch {
            return error
        }
    }
}

/// What is wrong with a checkpoint of this pickle.
func fault(pickle: [UInt8]) -> PyTorchFileError.Kind? {
    fault(HandmadeZip(pickle: pickle).bytes)
}
