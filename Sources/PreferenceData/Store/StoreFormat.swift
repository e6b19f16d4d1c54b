import Foundation
import TokenTrees

/// How prepared preferences lie in a file.
///
/// Numbers of a fixed size are little-endian. In this order:
///
///     header    magic (8 bytes), version (4), 0 (4), key (32: a `DataKey`, or zeros without one)
///     records   one per preference, see `PreferenceRecord`
///     index     8 bytes per record: where it begins
///     summary   a `StoreSummary` as JSON
///     footer    where the index and the summary begin, how many records there are (8 each),
///               CRC-32 of all bytes before the footer (4), version (4), magic (8)
///
/// A file counts only when header, footer, checksum and every record are as they have to be. So
/// one that is torn or was edited is found before anything of it is used.
enum StoreFormat {
    /// Goes up with every change of this format, and of what preparation makes of a row: files of
    /// another version are not used.
    static let version: UInt32 = 2
    /// "PPREFER1".
    static let magic: UInt64 = 0x3152_4546_4552_5050
    static let keySize = 32
    static let headerSize = 16 + keySize
    static let footerSize = 40

    static func header(key: DataKey?) -> [UInt8] {
        magic.bytes + version.bytes + UInt32(0).bytes
            + (key?.bytes ?? Array(repeating: 0, count: keySize))
    }
}

/// The end of a file.
struct StoreFooter: Equatable {
    var indexOffset: Int
    var summaryOffset: Int
    var recordCount: Int
    var checksum: UInt32

    init(indexOffset: Int, summaryOffset: Int, recordCount: Int, checksum: UInt32) {
        self.indexOffset = indexOffset
        self.summaryOffset = summaryOffset
        self.recordCount = recordCount
        self.checksum = checksum
    }

    var bytes: [UInt8] {
        UInt64(indexOffset).bytes + UInt64(summaryOffset).bytes + UInt64(recordCount).bytes
            + checksum.bytes + StoreFormat.version.bytes + StoreFormat.magic.bytes
    }

    /// Reads the end of a whole file; nil where it is not one.
    init?(_ file: UnsafeRawBufferPointer) {
        guard file.count >= StoreFormat.headerSize + StoreFormat.footerSize else { return nil }
        let end = UnsafeRawBufferPointer(rebasing: file.suffix(StoreFormat.footerSize))
        guard end.number(at: 28, UInt32.self) == StoreFormat.version,
            end.number(at: 32, UInt64.self) == StoreFormat.magic,
            let indexOffset = Int(exactly: end.number(at: 0, UInt64.self)),
            let summaryOffset = Int(exactly: end.number(at: 8, UInt64.self)),
            let recordCount = Int(exactly: end.number(at: 16, UInt64.self)),
            StoreFormat.headerSize <= indexOffset, indexOffset <= summaryOffset,
            summaryOffset <= file.count - StoreFormat.footerSize,
            // By division, for the count may be anything.
            (summaryOffset - indexOffset) % 8 == 0,
            (summaryOffset - indexOffset) / 8 == recordCount
        else { return nil }
        self.init(
            indexOffset: indexOffset,
            summaryOffset: summaryOffset,
            recordCount: recordCount,
            checksum: end.number(at: 24, UInt32.self)
        )
    }
}

/// What is known of all preferences of a file together.
struct StoreSummary: Codable {
    /// The files they were read from, as they were named then.
    var files: [String]
    var report: DataReport
    /// The least and the largest token id.
    var leastToken = Int32.max
    var largestToken = Int32.min

    var tokenBounds: ClosedRange<Int32>? {
        leastToken <= largestToken ? leastToken...largestToken : nil
    }

    mutating func add(_ preference: Preference) {
        for sequence in preference.sequences {
            leastToken = min(leastToken, sequence.tokens.min() ?? leastToken)
            largestToken = max(largestToken, sequence.tokens.max() ?? largestToken)
        }
    }
}

extension FixedWidthInteger {
    /// Its bytes, the least significant first.
    var bytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

extension UnsafeRawBufferPointer {
    /// The number whose first byte, the least significant, lies at an offset.
    func number<Number: FixedWidthInteger>(at offset: Int, _: Number.Type) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
