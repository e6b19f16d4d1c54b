import CZlib
import Files

/// Writes a zip file of entries stored as they are, each beginning at a multiple of 64 bytes.
///
/// As PyTorch does: padding in an extra field, checksums behind the entries, for they are known
/// only then, and the directory of a zip64 file.
struct ZipWriter {
    private static let alignment = 64
    /// Bits of an entry's flags: its checksum follows it; its name is UTF-8.
    private static let flags: UInt16 = 0x0808

    private struct Entry {
        let name: [UInt8]
        let count: Int
        let offset: Int
        var checksum: UInt32 = 0

        var isLarge: Bool { count >= Int(UInt32.max) }
    }

    private let file: AtomicFile
    private var offset = 0
    private var entries: [Entry] = []
    /// That of the bytes written of the last entry.
    private var checksum: UInt = 0

    init(_ file: AtomicFile) { self.file = file }

    /// Adds an entry whose bytes are at hand.
    mutating func add(_ name: String, _ bytes: [UInt8]) throws {
        try begin(name, count: bytes.count)
        try bytes.withUnsafeBytes { try write($0) }
        try end()
    }

    /// Begins an entry of so many bytes, which are then written.
    mutating func begin(_ name: String, count: Int) throws {
        let entry = Entry(name: Array(name.utf8), count: count, offset: offset)
        try write(localHeader(entry))
        entries.append(entry)
        checksum = 0
    }

    /// Writes bytes of the entry that was begun.
    mutating func write(_ piece: UnsafeRawBufferPointer) throws {
        checksum = crc32_z(checksum, piece.bindMemory(to: UInt8.self).baseAddress, piece.count)
        try file.write(piece)
        offset += piece.count
    }

    /// Ends the entry that was begun.
    mutating func end() throws {
        let last = entries.count - 1
        entries[last].checksum = UInt32(truncatingIfNeeded: checksum)
        try write(descriptor(entries[last]))
    }

    /// Writes the directory.
    mutating func finish() throws {
        let start = offset
        for entry in entries { try write(centralHeader(entry)) }
        let size = offset - start
        var bytes = ByteWriter()
        bytes.append(0x0606_4B50 as UInt32, UInt64(44), UInt16(45), UInt16(45))
        bytes.append(UInt32(0), UInt32(0), UInt64(entries.count), UInt64(entries.count))
        bytes.append(UInt64(size), UInt64(start))
        bytes.append(0x0706_4B50 as UInt32, UInt32(0), UInt64(offset), UInt32(1))
        let count = UInt16(clamping: entries.count)
        bytes.append(0x0605_4B50 as UInt32, UInt16(0), UInt16(0), count, count)
        bytes.append(UInt32(clamping: size), UInt32(clamping: start), UInt16(0))
        try write(bytes)
    }

    private func localHeader(_ entry: Entry) -> ByteWriter {
        var extra = ByteWriter()
        if entry.isLarge { extra.append(UInt16(1), UInt16(16), UInt64(0), UInt64(0)) }
        let used = offset + 30 + entry.name.count + extra.bytes.count + 4
        let padding = (Self.alignment - used % Self.alignment) % Self.alignment
        // PyTorch's own kind of extra field, filled with its letter.
        extra.append(0x4246 as UInt16, UInt16(padding))
        extra.bytes += [UInt8](repeating: UInt8(ascii: "Z"), count: padding)

        var header = ByteWriter()
        header.append(0x0403_4B50 as UInt32, UInt16(entry.isLarge ? 45 : 20), Self.flags)
        // Method, time, date (the first of 1980), checksum; sizes follow the entry.
        header.append(UInt16(0), UInt16(0), UInt16(0x21), UInt32(0))
        let size: UInt32 = entry.isLarge ? .max : 0
        header.append(size, size, UInt16(entry.name.count), UInt16(extra.bytes.count))
        header.bytes += entry.name + extra.bytes
        return header
    }

    private func descriptor(_ entry: Entry) -> ByteWriter {
        var bytes = ByteWriter()
        bytes.append(0x0807_4B50 as UInt32, entry.checksum)
        if entry.isLarge {
            bytes.append(UInt64(entry.count), UInt64(entry.count))
        } else {
            bytes.append(UInt32(entry.count), UInt32(entry.count))
        }
        return bytes
    }

    private func centralHeader(_ entry: Entry) -> ByteWriter {
        var extra = ByteWriter()
        let isFar = entry.offset >= Int(UInt32.max)
        if entry.isLarge { extra.append(UInt64(entry.count), UInt64(entry.count)) }
        if isFar { extra.append(UInt64(entry.offset)) }
        var header = ByteWriter()
        header.append(0x0201_4B50 as UInt32, UInt16(45), UInt16(45), Self.flags)
        header.append(UInt16(0), UInt16(0), UInt16(0x21), entry.checksum)
        let size = UInt32(clamping: entry.count)
        let extraCount = extra.bytes.isEmpty ? 0 : extra.bytes.count + 4
        header.append(size, size, UInt16(entry.name.count), UInt16(extraCount))
        header.append(UInt16(0), UInt16(0), UInt16(0), UInt32(0), UInt32(clamping: entry.offset))
        header.bytes += entry.name
        if extraCount > 0 {
            header.append(UInt16(1), UInt16(extra.bytes.count))
            header.bytes += extra.bytes
        }
        return header
    }

    private mutating func write(_ writer: ByteWriter) throws {
        try writer.bytes.withUnsafeBytes { try file.write($0) }
        offset += writer.bytes.count
    }
}

/// Bytes with little-endian numbers put behind each other.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func append<each Number: FixedWidthInteger>(_ numbers: repeat each Number) {
        for number in repeat each numbers {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }
    }
}
