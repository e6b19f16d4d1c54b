import Files
package import Foundation
package import OrderedJSON

/// A file of rows that is written: JSON lines or, by its name, a JSON list, also compressed.
///
/// Its place holds what was there before until `commit()`.
package final class RowsFile {
    private let file: AtomicFile
    private let compressor: GzipCompressor?
    private let isList: Bool
    private var bytes: [UInt8] = []
    private var isEmpty = true
    private var isFinished = false

    /// - Parameter url: a name that ends in .json is a list's, one that ends in .gz is compressed.
    package init(_ url: URL) throws {
        file = try AtomicFile(url)
        var name = url.lastPathComponent.lowercased()
        compressor = name.hasSuffix(".gz") ? GzipCompressor() : nil
        if compressor != nil { name.removeLast(3) }
        isList = name.hasSuffix(".json")
    }

    /// Writes a row.
    package func write(_ row: JSONObject) throws {
        try write(Array(JSONValue.object(row).text.utf8))
    }

    /// Writes a row with its bytes as they are, but that line breaks, which JSON has between its
    /// parts only, become blanks.
    package func write(_ row: [UInt8]) throws {
        if isList { bytes += Array((isEmpty ? "[\n" : ",\n").utf8) }
        bytes += row.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
        if !isList { bytes.append(0x0A) }
        isEmpty = false
        if bytes.count > 1 << 16 { try flush() }
    }

    /// Ends the file and waits until it is on the disk, still beside its place.
    package func sync() throws {
        guard !isFinished else { return }
        isFinished = true
        if isList { bytes += Array((isEmpty ? "[]\n" : "\n]\n").utf8) }
        try flush(isLast: true)
        try file.sync()
    }

    /// Puts the file in its place.
    package func commit() throws {
        try sync()
        try file.commit()
    }

    private func flush(isLast: Bool = false) throws {
        try bytes.withUnsafeBytes { bytes in
            guard let compressor else { return try file.write(bytes) }
            try compressor.compress(bytes, isLast: isLast) { try file.write($0) }
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
