import Files
public import Foundation

/// A run's numbers as TensorBoard reads them: one file of events in a folder.
///
/// The form is TensorFlow's record file (length, checksum, bytes, checksum) of `tensorflow.Event`
/// messages, each in protocol buffers. Every event is handed to the system in one piece, so a run
/// that is killed keeps what it wrote; TensorBoard leaves out a last record that was cut short.
public final class TensorBoardLog {
    /// The file's place.
    public let url: URL
    private let descriptor: Int32
    private let clock: () -> Double

    /// Begins a file of its own, beside those that earlier parts of the run left.
    ///
    /// - Parameters:
    ///   - folder: made where it is not there.
    ///   - step: the step that training resumes after: TensorBoard then forgets later steps of
    ///     earlier files, which will be written again.
    ///   - clock: seconds since 1970.
    /// - Throws: `FileError` where the file cannot be written.
    public init(
        folder: URL,
        resumingAfter step: Int? = nil,
        clock: @escaping () -> Double = { Date().timeIntervalSince1970 }
    ) throws {
        self.clock = clock
        let now = clock()
        // TensorBoard reads files by the order of their names: time first, and a counter where a
        // run began twice in a second.
        var name = ""
        var opened: Int32 = -1
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError("make", folder.path, reason: error.localizedDescription)
        }
        for counter in 0..<1000 {
            let digits = String(1000 + counter).dropFirst()
            name = "events.out.tfevents.\(Int(now)).\(digits).penchant"
            let path = folder.appending(path: name).path
            opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
            if opened >= 0 || errno != EEXIST { break }
        }
        url = folder.appending(path: name)
        descriptor = opened
        guard opened >= 0 else { throw FileError.system("write", url.path) }
        AtomicFile.syncFolder(folder)
        AtomicFile.syncFolder(folder.deletingLastPathComponent())
        var version = ProtocolBuffer()
        version.append(1, double: now)
        version.append(3, text: "brain.Event:2")
        try append(record: version.bytes)
        if let step {
            var session = ProtocolBuffer()
            session.append(1, integer: 1)  // SessionLog.START
            try append(step: step + 1, now, field: 7, session)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes the numbers of a step, each under its name.
    ///
    /// - Throws: `FileError` where they cannot be written, as when the disk is full.
    public func append(step: Int, _ values: [(name: String, value: MetricValue)]) throws {
        var summary = ProtocolBuffer()
        for (name, value) in values {
            var scalar = ProtocolBuffer()
            scalar.append(1, text: name)
            scalar.append(2, float: value.float)
            summary.append(1, message: scalar)
        }
        try append(step: step, clock(), field: 5, summary)
    }

    /// Waits until all that was written is on the disk.
    ///
    /// - Throws: `FileError` where it cannot be brought there.
    public func sync() throws {
        guard fsync(descriptor) == 0 else { throw FileError.system("sync", url.path) }
    }

    private func append(
        step: Int,
        _ time: Double,
        field: UInt8,
        _ content: ProtocolBuffer
    ) throws {
        var event = ProtocolBuffer()
        event.append(1, double: time)
        event.append(2, integer: UInt64(step))
        event.append(field, message: content)
        try append(record: event.bytes)
    }

    private func append(record bytes: [UInt8]) throws {
        let length = littleEndianBytes(UInt64(bytes.count))
        let record =
            length + littleEndianBytes(maskedChecksum(length)) + bytes
            + littleEndianBytes(maskedChecksum(bytes))
        let isWritten = record.withUnsafeBytes { FileError.writeAll($0, to: descriptor) }
        guard isWritten else { throw FileError.system("write", url.path) }
    }
}

/// The fields of one message of protocol buffers.
private struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    /// How a field's bytes are delimited.
    private enum Wire: UInt8 {
        case varint = 0
        case eightBytes = 1
        case counted = 2
        case fourBytes = 5
    }

    private mutating func begin(_ field: UInt8, _ wire: Wire) {
        bytes.append(field << 3 | wire.rawValue)
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func append(_ field: UInt8, integer value: UInt64) {
        begin(field, .varint)
        append(varint: value)
    }

    mutating func append(_ field: UInt8, double value: Double) {
        begin(field, .eightBytes)
        bytes += littleEndianBytes(value.bitPattern)
    }

    mutating func append(_ field: UInt8, float value: Float) {
        begin(field, .fourBytes)
        bytes += littleEndianBytes(value.bitPattern)
    }

    mutating func append(_ field: UInt8, text: String) {
        append(field, counted: Array(text.utf8))
    }

    mutating func append(_ field: UInt8, message: ProtocolBuffer) {
        append(field, counted: message.bytes)
    }

    private mutating func append(_ field: UInt8, counted content: [UInt8]) {
        begin(field, .counted)
        append(varint: UInt64(content.count))
        bytes += content
    }
}

extension MetricValue {
    /// The value as TensorBoard keeps it: 32 bits.
    fileprivate var float: Float {
        switch self {
        case .integer(let value): Float(value)
        case .number(let value): Float(value)
        }
    }
}

private func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// CRC-32C (Castagnoli), turned and shifted so that a checksum of bytes that hold checksums is no
/// worse than another.
private func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = .max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    crc = ~crc
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
}
