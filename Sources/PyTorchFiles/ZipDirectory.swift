/// What a zip file holds, as its directory at the end says, with every place checked.
///
/// Only entries that are stored as they are can be mapped; PyTorch writes no others. An entry's
/// local header must agree with the directory, and no two entries may share bytes: what one program
/// reads under a name is what every other one reads.
struct ZipDirectory {
    /// Names in the order of the directory.
    private(set) var names: [String] = []
    private var ranges: [String: Range<Int>] = [:]

    /// Where an entry's bytes lie in the file.
    func range(of name: String) -> Range<Int>? { ranges[name] }

    init(_ file: UnsafeRawBufferPointer) throws(PyTorchFileError.Kind) {
        let place = try Self.directory(of: file)
        var reader = ByteReader(
            UnsafeRawBufferPointer(rebasing: file[..<place.end]),
            at: place.start
        )
        // An entry takes at least 46 bytes, so a made-up count ends with the bytes.
        var taken: [(range: Range<Int>, name: String)] = []
        for _ in 0..<place.count {
            guard let entry = CentralEntry(&reader) else { throw .directoryDamaged }
            let whole = try entry.range(in: file, before: place.start)
            guard ranges.updateValue(whole.data, forKey: entry.name) == nil else {
                throw .entry(entry.name, .twice)
            }
            names.append(entry.name)
            taken.append((whole.header..<whole.data.upperBound, entry.name))
        }
        guard reader.offset == place.end else { throw .directoryDamaged }
        taken.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (former, latter) in zip(taken, taken.dropFirst())
        where latter.range.lowerBound < former.range.upperBound {
            throw .entry(latter.name, .overlaps(former.name))
        }
    }

    /// Finds the directory by the record at the file's end, and the larger one before that.
    private static func directory(
        of file: UnsafeRawBufferPointer
    ) throws(PyTorchFileError.Kind) -> (start: Int, end: Int, count: UInt64) {
        guard let record = endRecord(of: file) else { throw .notZip }
        var reader = ByteReader(file, at: record + 4)
        guard let disk = reader.next(UInt16.self), let firstDisk = reader.next(UInt16.self),
            let countHere = reader.next(UInt16.self), let count = reader.next(UInt16.self),
            let size = reader.next(UInt32.self), let start = reader.next(UInt32.self)
        else { throw .directoryDamaged }
        guard disk == 0 || disk == .max, firstDisk == 0 || firstDisk == .max, countHere == count
        else { throw .directoryDamaged }
        let small = (count: UInt64(count), size: UInt64(size), start: UInt64(start))
        guard let large = try largeRecord(of: file, before: record) else {
            return try checked(small, end: record)
        }
        // The smaller record must say the same or, by all ones, nothing.
        guard small.count == large.count || count == .max,
            small.size == large.size || size == .max,
            small.start == large.start || start == .max
        else { throw .directoryDamaged }
        return try checked((large.count, large.size, large.start), end: large.place)
    }

    /// Where the record at the end begins: nothing but its comment may follow.
    private static func endRecord(of file: UnsafeRawBufferPointer) -> Int? {
        var offset = file.count - 22
        let lowest = max(0, offset - Int(UInt16.max))
        while offset >= lowest {
            var reader = ByteReader(file, at: offset)
            if reader.next(UInt32.self) == 0x0605_4B50, reader.next(count: 16) != nil,
                let comment = reader.next(UInt16.self), offset + 22 + Int(comment) == file.count
            {
                return offset
            }
            offset -= 1
        }
        return nil
    }

    /// The record of a zip64 file, or nil where there is none.
    private static func largeRecord(
        of file: UnsafeRawBufferPointer,
        before record: Int
    ) throws(PyTorchFileError.Kind) -> (place: Int, count: UInt64, size: UInt64, start: UInt64)? {
        guard record >= 20 else { return nil }
        var locator = ByteReader(file, at: record - 20)
        guard locator.next(UInt32.self) == 0x0706_4B50 else { return nil }
        guard locator.next(UInt32.self) == 0, let offset = locator.next(UInt64.self),
            let place = Int(exactly: offset), place <= record - 20 - 56
        else { throw .directoryDamaged }
        var reader = ByteReader(file, at: place)
        guard reader.next(UInt32.self) == 0x0606_4B50, let length = reader.next(UInt64.self),
            length == UInt64(record - 20 - place - 12), reader.next(UInt32.self) != nil,
            reader.next(UInt32.self) == 0, reader.next(UInt32.self) == 0,
            let countHere = reader.next(UInt64.self), let count = reader.next(UInt64.self),
            let size = reader.next(UInt64.self), let start = reader.next(UInt64.self),
            countHere == count
        else { throw .directoryDamaged }
        return (place, count, size, start)
    }

    /// The directory must lie right before the records.
    private static func checked(
        _ found: (count: UInt64, size: UInt64, start: UInt64),
        end: Int
    ) throws(PyTorchFileError.Kind) -> (start: Int, end: Int, count: UInt64) {
        let (sum, overflow) = found.start.addingReportingOverflow(found.size)
        guard !overflow, sum == UInt64(end) else { throw .directoryDamaged }
        return (Int(found.start), end, found.count)
    }
}

/// An entry as the directory has it.
private struct CentralEntry {
    let name: String
    private let nameBytes: UnsafeRawBufferPointer
    private let flags: UInt16
    private let method: UInt16
    private let storedSize: UInt64
    private let size: UInt64
    private let header: UInt64

    /// Reads an entry, or gives nil where it is damaged.
    init?(_ reader: inout ByteReader) {
        guard reader.next(UInt32.self) == 0x0201_4B50, reader.next(UInt32.self) != nil,
            let flags = reader.next(UInt16.self), let method = reader.next(UInt16.self),
            reader.next(count: 8) != nil,
            let storedSize = reader.next(UInt32.self), let size = reader.next(UInt32.self),
            let nameCount = reader.next(UInt16.self), let extraCount = reader.next(UInt16.self),
            let commentCount = reader.next(UInt16.self), let disk = reader.next(UInt16.self),
            disk == 0 || disk == .max, reader.next(count: 6) != nil,
            let header = reader.next(UInt32.self),
            let name = reader.next(count: Int(nameCount)),
            let extra = reader.next(count: Int(extraCount)),
            reader.next(count: Int(commentCount)) != nil
        else { return nil }
        self.flags = flags
        self.method = method
        self.name = String(decoding: name, as: UTF8.self)
        nameBytes = name
        // What does not fit 32 bits stands in the extra field of a zip64 file, in this order.
        var large = ByteReader(Self.largeField(extra))
        func value(_ small: UInt32) -> UInt64? { small == .max ? large.next() : UInt64(small) }
        guard let wholeSize = value(size), let wholeStoredSize = value(storedSize),
            let wholeHeader = value(header)
        else { return nil }
        self.size = wholeSize
        self.storedSize = wholeStoredSize
        self.header = wholeHeader
    }

    private static func largeField(_ extra: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var reader = ByteReader(extra)
        while let id = reader.next(UInt16.self), let count = reader.next(UInt16.self),
            let field = reader.next(count: Int(count))
        {
            if id == 1 { return field }
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Where its header begins and its data lie.
    func range(
        in file: UnsafeRawBufferPointer,
        before limit: Int
    ) throws(PyTorchFileError.Kind) -> (header: Int, data: Range<Int>) {
        // Encrypted, a patch, strongly encrypted, or with a masked header.
        guard flags & 0x2061 == 0 else { throw .entry(name, .encrypted) }
        guard method == 0, storedSize == size else { throw .entry(name, .compressed) }
        let outside = PyTorchFileError.Kind.entry(name, .outsideFile)
        guard let start = Int(exactly: header), start < limit else { throw outside }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: file[..<limit]), at: start)
        guard reader.next(UInt32.self) == 0x0403_4B50, reader.next(UInt16.self) != nil,
            reader.next(UInt16.self).map({ $0 & 0x2061 }) == 0, reader.next(UInt16.self) == 0,
            reader.next(count: 16) != nil, let nameCount = reader.next(UInt16.self),
            let extraCount = reader.next(UInt16.self),
            let localName = reader.next(count: Int(nameCount)),
            reader.next(count: Int(extraCount)) != nil
        else { throw outside }
        guard localName.elementsEqual(nameBytes) else { throw .entry(name, .otherName) }
        guard let count = Int(exactly: size) else { throw outside }
        let data = reader.offset
        guard reader.next(count: count) != nil else { throw outside }
        return (start, data..<data + count)
    }
}
