import CZlib

/// The CRC-32 of gzip, of bytes that come in pieces: finds a file that is torn, not one that was
/// forged.
package struct Checksum {
    private var crc = crc32_z(0, nil, 0)

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // With no bytes' address zlib would begin anew.
        guard let start = bytes.baseAddress else { return }
        crc = crc32_z(crc, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    package var value: UInt32 { UInt32(truncatingIfNeeded: crc) }
}
