import Files
import Foundation

/// Writes preferences into a file of prepared data, one after the other.
///
/// Memory holds the places of the records, 8 bytes each, and what was not yet written.
struct PreferenceStoreWriter: ~Copyable {
    private let file: any WritableFile
    private var checksum = Checksum()
    private var pending: [UInt8]
    private var written = 0
    private var offsets: [UInt64] = []

    private static let chunkSize = 1 << 20

    init(_ file: any WritableFile, key: DataKey?) {
        self.file = file
        pending = StoreFormat.header(key: key)
    }

    /// - Parameter record: a `PreferenceRecord`'s bytes.
    mutating func append(_ record: [UInt8]) throws {
        offsets.append(UInt64(written + pending.count))
        pending += record
        if pending.count >= Self.chunkSize { try flush() }
    }

    /// Writes what stands behind the records.
    consuming func finish(_ summary: StoreSummary) throws {
        let indexOffset = written + pending.count
        for offset in offsets {
            pending += offset.bytes
            if pending.count >= Self.chunkSize { try flush() }
        }
        let summaryOffset = written + pending.count
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        pending += try encoder.encode(summary)
        try flush()
        let footer = StoreFooter(
            indexOffset: indexOffset,
            summaryOffset: summaryOffset,
            recordCount: offsets.count,
            checksum: checksum.value
        )
        pending = footer.bytes
        try flush()
    }

    private mutating func flush() throws {
        try pending.withUnsafeBytes { bytes in
            checksum.update(bytes)
            do {
                try file.write(bytes)
            } catch let error as FileError {
                throw FileError(
                    error.operation,
                    error.path,
                    reason: "\(error.reason) (prepared data lie there, "
                        + "\((written + bytes.count).grouped) bytes so far; make room, or choose "
                        + "another folder)"
                )
            }
        }
        written += pending.count
        pending.removeAll(keepingCapacity: true)
    }
}
