import Files
public import Foundation
import PreferenceData
public import TokenTrees

/// What a frozen reference says of sequences, kept in a file: one log-probability per scored token.
///
/// A file belongs to one reference and dtype (its name is their hash, `ReferenceKey`), a record to
/// one sequence: the key is a digest of its tokens and of which are scored. So whatever else changes
/// between runs — β, objective, learning rate, order, the rest of the data — a record that is found
/// is what the reference would say.
///
/// The form: 8 bytes of magic; then records of the digest (16 bytes), the number of tokens (4), a
/// CRC-32 of digest, number and values (4), and the values (float32, nats), all little-endian.
/// Records are added whole and in one piece; when the file is opened each is checked, and from the
/// first damaged one on it is cut off, to be computed again.
public final class ReferenceCache {
    /// The file's place.
    public let url: URL
    /// Bytes that were cut off because they were torn or changed.
    public let discardedByteCount: Int

    private let descriptor: Int32
    private var places: [ContentDigest: (offset: Int, count: Int)]

    private static let magic = Array("PENREF\u{1}\n".utf8)
    private static let headByteCount = 24

    /// Opens the file of a reference, or begins it.
    ///
    /// - Parameter folder: made where it is not there.
    /// - Throws: `FileError` where the file cannot be read and written.
    public init(folder: URL, key: ReferenceKey) throws {
        url = folder.appending(path: key.name + DataCache.referenceSuffix)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError("make the folder", folder.path, reason: error.localizedDescription)
        }
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.system("open", url.path) }
        self.descriptor = descriptor
        // Its date tells when it was last used; where it cannot be set, it only goes earlier.
        utimes(url.path, nil)
        // Another run may be adding to the file, and none may see it cut shorter.
        flock(descriptor, LOCK_EX)
        defer { flock(descriptor, LOCK_UN) }
        let file = try MappedFile(descriptor: descriptor, url: url)
        let size = file.bytes.count
        var places: [ContentDigest: (offset: Int, count: Int)] = [:]
        let end = withExtendedLifetime(file) { Self.index(file.bytes, into: &places) }
        self.places = places
        discardedByteCount = size - end
        if end < size, ftruncate(descriptor, off_t(end)) != 0 {
            throw FileError.system("write", url.path)
        }
        if end == 0, !Self.magic.withUnsafeBytes({ FileError.writeAll($0, to: descriptor) }) {
            throw FileError.system("write", url.path)
        }
    }

    deinit { close(descriptor) }

    /// How many sequences are kept.
    public var count: Int { places.count }

    /// Whether a sequence is kept.
    public func contains(_ sequence: TokenSequence) -> Bool { place(of: sequence) != nil }

    /// What the reference says of a sequence's scored tokens, in nats; nil where it is not kept.
    ///
    /// - Throws: `FileError` where the file cannot be read.
    public func logProbabilities(of sequence: TokenSequence) throws -> [Float]? {
        guard let place = place(of: sequence) else { return nil }
        var values = [Float](repeating: 0, count: place.count)
        let read = values.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress, $0.count, off_t(place.offset))
        }
        guard read == 4 * place.count else { throw FileError.system("read", url.path) }
        return values
    }

    /// Keeps what the reference says of sequences.
    ///
    /// - Throws: `FileError` where it cannot be written; then nothing that was kept is lost.
    public func keep(_ scores: [(sequence: TokenSequence, logProbabilities: [Float])]) throws {
        flock(descriptor, LOCK_EX)
        defer { flock(descriptor, LOCK_UN) }
        var offset = Int(lseek(descriptor, 0, SEEK_END))
        var bytes: [UInt8] = []
        var added: [(ContentDigest, (offset: Int, count: Int))] = []
        for (sequence, values) in scores {
            let digest = sequence.scoringDigest
            let start = bytes.count
            Self.append(digest, values, to: &bytes)
            added.append((digest, (offset + Self.headByteCount, values.count)))
            offset += bytes.count - start
        }
        let isWritten = bytes.withUnsafeBytes { FileError.writeAll($0, to: descriptor) }
        guard isWritten else { throw FileError.system("write", url.path) }
        for (digest, place) in added { places[digest] = place }
    }

    private func place(of sequence: TokenSequence) -> (offset: Int, count: Int)? {
        guard let place = places[sequence.scoringDigest], place.count == sequence.scoredCount
        else { return nil }
        return place
    }

    private static func append(_ digest: ContentDigest, _ values: [Float], to bytes: inout [UInt8])
    {
        var content: [UInt8] = []
        for word in [digest.first, digest.second] {
            withUnsafeBytes(of: word.littleEndian) { content += $0 }
        }
        withUnsafeBytes(of: UInt32(values.count).littleEndian) { content += $0 }
        let head = content
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { content += $0 }
        }
        var checksum = Checksum()
        content.withUnsafeBytes { checksum.update($0) }
        bytes += head
        withUnsafeBytes(of: checksum.value.littleEndian) { bytes += $0 }
        bytes += content[head.count...]
    }

    /// Finds the records of a file.
    ///
    /// - Returns: where the last whole one ends; 0 where it is no file of this form.
    private static func index(
        _ bytes: UnsafeRawBufferPointer,
        into places: inout [ContentDigest: (offset: Int, count: Int)]
    ) -> Int {
        guard bytes.count >= magic.count, bytes.prefix(magic.count).elementsEqual(magic) else {
            return 0
        }
        func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
            Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        var offset = magic.count
        while bytes.count - offset >= headByteCount {
            let count = Int(number(offset + 16, as: UInt32.self))
            let (values, end) = (offset + headByteCount, offset + headByteCount + 4 * count)
            guard end <= bytes.count else { break }
            var checksum = Checksum()
            checksum.update(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 20]))
            checksum.update(UnsafeRawBufferPointer(rebasing: bytes[values..<end]))
            guard checksum.value == number(offset + 20, as: UInt32.self) else { break }
            let digest = ContentDigest(
                first: number(offset, as: UInt64.self),
                second: number(offset + 8, as: UInt64.self)
            )
            places[digest] = (values, count)
            offset = end
        }
        return offset
    }
}

extension TokenSequence {
    /// What stands for the tokens and for which of them are scored.
    fileprivate var scoringDigest: ContentDigest {
        var hasher = ContentHasher()
        hasher.append(UInt64(tokens.count))
        tokens.withUnsafeBytes { hasher.append($0) }
        for range in scored {
            hasher.append(UInt64(range.lowerBound))
            hasher.append(UInt64(range.upperBound))
        }
        return hasher.digest()
    }
}
