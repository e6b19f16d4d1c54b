import Files
import Foundation
import OrderedJSON

/// A file of rows that is written: JSON lines or, by its name, a JSON list, also compressed.
final class RowsFile {
    private let file: AtomicFile
    private let compressor: GzipCompressor?
    private let isList: Bool
    private var text = ""
    private var isEmpty = true

    /// - Parameter url: a name that ends in .json is a list's, one that ends in .gz is compressed.
    init(_ url: URL) throws {
        file = try AtomicFile(url)
        var name = url.lastPathComponent.lowercased()
        compressor = name.hasSuffix(".gz") ? GzipCompressor() : nil
        if compressor != nil { name.removeLast(3) }
        isList = name.hasSuffix(".json")
    }

    func write(_ row: JSONObject) throws {
        if isList { text += isEmpty ? "[\n" : ",\n" }
        text += JSONValue.object(row).text
        if !isList { text += "\n" }
        isEmpty = false
        if text.utf8.count > 1 << 16 { try flush() }
    }

    /// Puts the file in its place.
    func commit() throws {
        if isList { text += isEmpty ? "[]\n" : "\n]\n" }
        try flush(isLast: true)
        try file.commit()
    }

    private func flush(isLast: Bool = false) throws {
        try text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            guard let compressor else { return try file.write(bytes) }
            try compressor.compress(bytes, isLast: isLast) { try file.write($0) }
        }
        text.removeAll(keepingCapacity: true)
    }
}
