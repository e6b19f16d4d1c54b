import Files
public import Foundation
import OrderedJSON

/// Writes safetensors files tensor by tensor, so that the caller never holds all of them at once.
///
/// Layout as the reference implementation's: the header's length, the header padded with blanks to
/// a multiple of 8 bytes, then the tensors one after the other. They stand in the order given; the
/// reference implementation sorts by type and name instead, and reads any order.
public enum SafetensorsWriter {
    /// Hands over one tensor's bytes, little-endian, in as many pieces as it likes.
    ///
    /// The second argument takes a piece; the pieces must add up to the entry's `byteCount`.
    public typealias TensorSource = (
        TensorEntry, (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Void

    /// What transformers wants to see in a file before it loads it.
    public static let defaultMetadata = ["format": "pt"]

    /// Writes one file.
    ///
    /// Its place holds what was there before until all bytes are on the disk.
    ///
    /// - Parameters:
    ///   - metadata: written in the order of the keys; empty for none.
    ///   - entries: the tensors, in the order in which they are written and asked for.
    ///   - bytes: called once for each entry.
    /// - Throws: `FileError` where writing fails, `SafetensorsError` where a name stands twice or
    ///   the bytes given do not fit the entry, and what `bytes` throws.
    public static func write(
        to url: URL,
        metadata: [String: String] = defaultMetadata,
        entries: [TensorEntry],
        bytes: TensorSource
    ) throws {
        try checkNames(entries, path: url.path)
        try prepare(url, metadata: metadata, entries: entries, bytes: bytes).commit()
    }

    /// Writes a file's whole content beside its place, to be committed.
    static func prepare(
        _ url: URL,
        metadata: [String: String],
        entries: [TensorEntry],
        bytes: TensorSource
    ) throws -> AtomicFile {
        let header = try header(metadata: metadata, entries: entries, path: url.path)
        let file = try AtomicFile(url)
        let length = UInt64(header.utf8.count).littleEndian
        try withUnsafeBytes(of: length) { try file.write($0) }
        try file.write(header)
        for entry in entries {
            var written = 0
            try bytes(entry) { piece in
                guard piece.count <= entry.byteCount - written else {
                    throw wrongByteCount(entry, written.addingClamped(piece.count), url)
                }
                try file.write(piece)
                written += piece.count
            }
            guard written == entry.byteCount else { throw wrongByteCount(entry, written, url) }
        }
        return file
    }

    /// Refuses names that the format cannot hold.
    static func checkNames(_ entries: [TensorEntry], path: String) throws(SafetensorsError) {
        var names: Set<String> = []
        for entry in entries {
            guard entry.name != Header.metadataKey else {
                throw SafetensorsError(path: path, tensor: entry.name, .reservedName)
            }
            guard names.insert(entry.name).inserted else {
                throw SafetensorsError(path: path, tensor: entry.name, .duplicateName)
            }
        }
    }

    private static func header(
        metadata: [String: String],
        entries: [TensorEntry],
        path: String
    ) throws(SafetensorsError) -> String {
        var members: [(key: String, value: JSONValue)] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
            let values = pairs.map { (key: $0.key, value: JSONValue.string($0.value)) }
            members.append((Header.metadataKey, .object(JSONObject(values))))
        }
        var offset = 0
        for entry in entries {
            let (end, overflow) = offset.addingReportingOverflow(entry.byteCount)
            guard !overflow else {
                throw SafetensorsError(
                    path: path,
                    tensor: entry.name,
                    .shapeTooLarge(entry.shape)
                )
            }
            let value: JSONValue = [
                "dtype": .string(entry.element.rawValue),
                "shape": .array(entry.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            members.append((entry.name, value))
            offset = end
        }
        let text = JSONValue.object(JSONObject(members)).text
        let padding = (8 - text.utf8.count % 8) % 8
        let header = text + String(repeating: " ", count: padding)
        guard header.utf8.count <= Header.maximumLength else {
            throw SafetensorsError(
                path: path,
                .headerTooLong(length: UInt64(header.utf8.count))
            )
        }
        return header
    }

    private static func wrongByteCount(
        _ entry: TensorEntry,
        _ found: Int,
        _ url: URL
    ) -> SafetensorsError {
        SafetensorsError(
            path: url.path,
            tensor: entry.name,
            .wrongByteCount(expected: entry.byteCount, found: found)
        )
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
