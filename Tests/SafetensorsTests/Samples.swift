import Foundation
import Safetensors
import TestSupport

/// A file made by hand: the length of the header, the header, the data.
func safetensors(_ header: String, data: Int = 0) -> Data {
    safetensors(Data(header.utf8), data: data)
}

func safetensors(_ header: Data, data: Int = 0) -> Data {
    var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    bytes.append(header)
    bytes.append(Data(repeating: 7, count: data))
    return bytes
}

/// A tensor with bytes of its own.
struct Sample: Equatable {
    let entry: TensorEntry
    let bytes: [UInt8]

    init(_ name: String, _ element: TensorElement, _ shape: [Int], seed: UInt8 = 1) throws {
        entry = try TensorEntry(name: name, element: element, shape: shape)
        bytes = (0..<entry.byteCount).map { UInt8(truncatingIfNeeded: $0) &* 31 &+ seed }
    }
}

/// The bytes of samples, for the writer.
func source(_ samples: [Sample]) -> SafetensorsWriter.TensorSource {
    { entry, write in
        for sample in samples where sample.entry == entry {
            try sample.bytes.withUnsafeBytes { try write($0) }
        }
    }
}

extension TemporaryFolder {
    /// The names of all files in the folder, hidden ones too, sorted.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    }
}
