import Files
import Foundation
import Synchronization

/// A file of prepared preferences, mapped into memory.
///
/// Any number of threads may read at once. Pages that were read are given back now and then, so
/// that a program that goes through all of a large file does not grow by it.
final class PreferenceStore: Sendable {
    /// How many preferences there are.
    let count: Int
    let summary: StoreSummary
    /// For each preference how many pairs those before it make, and behind the last how many there
    /// are; nil where every preference makes one.
    let pairOffsets: [Int]?
    let traits: PreferenceTraits

    private let file: MappedFile
    private let footer: StoreFooter
    /// Bytes that were read since pages were last given back.
    private let touched = Atomic<Int>(0)

    /// What may be read before pages are given back.
    private static let residentLimit = 128 << 20
    /// A page that is touched brings in those around it that the system has at hand.
    private static let faultSize = 64 << 10

    /// Checks a whole file.
    ///
    /// - Parameter key: what it has to be kept under.
    /// - Throws: `StoreProblem` where it cannot be used.
    init(_ file: MappedFile, key: DataKey?) throws(StoreProblem) {
        let bytes = file.bytes
        guard let footer = StoreFooter(bytes) else { throw StoreProblem("its end is missing") }
        guard bytes.prefix(StoreFormat.headerSize).elementsEqual(StoreFormat.header(key: key))
        else { throw StoreProblem("its beginning is not that of these data") }
        var checksum = Checksum()
        let checked = bytes.count - StoreFormat.footerSize
        for start in stride(from: 0, to: checked, by: Self.residentLimit) {
            let end = min(start + Self.residentLimit, checked)
            checksum.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            file.releasePages()
        }
        guard checksum.value == footer.checksum else {
            throw StoreProblem("its checksum is another one")
        }
        let json = Data(bytes[footer.summaryOffset..<checked])
        guard let summary = try? JSONDecoder().decode(StoreSummary.self, from: json) else {
            throw StoreProblem("its summary cannot be read")
        }
        self.file = file
        self.footer = footer
        self.summary = summary
        count = footer.recordCount
        (pairOffsets, traits) = try Self.check(file, footer, summary)
        file.releasePages()
    }

    /// Checks that every record is one, so that none can fail later.
    ///
    /// - Returns: `pairOffsets` and `traits`.
    private static func check(
        _ file: MappedFile,
        _ footer: StoreFooter,
        _ summary: StoreSummary
    ) throws(StoreProblem) -> ([Int]?, PreferenceTraits) {
        let records = UnsafeRawBufferPointer(rebasing: file.bytes[..<footer.indexOffset])
        var offsets: [Int]?
        var traits = PreferenceTraits(tokenBounds: summary.tokenBounds)
        var (end, pairs, released) = (StoreFormat.headerSize, 0, 0)
        for index in 0..<footer.recordCount {
            let record = PreferenceRecord(records, at: end)
            guard offset(file.bytes, footer, index) == end, let record,
                record.file < summary.files.count
            else { throw StoreProblem("its record \(index + 1) is damaged") }
            let made = record.judgement.comparisonCount
            if made != 1, offsets == nil { offsets = Array(0..<index) }
            offsets?.append(pairs)
            pairs += made
            traits.note(index, record.judgement, weight: record.weight, margin: record.margin)
            end = record.end
            if end - released > residentLimit {
                file.releasePages()
                released = end
            }
        }
        guard end == footer.indexOffset else {
            throw StoreProblem("something stands behind its records")
        }
        offsets?.append(pairs)
        return (offsets, traits)
    }

    private static func offset(
        _ bytes: UnsafeRawBufferPointer,
        _ footer: StoreFooter,
        _ index: Int
    ) -> Int {
        // Before it is checked it may be any number.
        Int(truncatingIfNeeded: bytes.number(at: footer.indexOffset + 8 * index, UInt64.self))
    }

    /// The number of a preference's row among all that were read.
    func row(_ index: Int) -> Int { record(index).row }

    /// The traits of some preferences; their tokens' bounds are those of all.
    func traits(of places: [Int]) -> PreferenceTraits {
        var traits = PreferenceTraits(tokenBounds: summary.tokenBounds)
        for (index, place) in places.enumerated() {
            let record = record(place)
            traits.note(index, record.judgement, weight: record.weight, margin: record.margin)
        }
        return traits
    }

    /// What stands for all preferences: each is told from its bytes, not from what files are named.
    var recordDigest: ContentDigest {
        var hasher = ContentHasher()
        let end = footer.indexOffset
        for start in stride(from: StoreFormat.headerSize, to: end, by: Self.residentLimit) {
            let stop = min(start + Self.residentLimit, end)
            withExtendedLifetime(file) {
                hasher.append(UnsafeRawBufferPointer(rebasing: file.bytes[start..<stop]))
            }
            file.releasePages()
        }
        return hasher.digest()
    }

    /// How many tokens each sequence of a preference lost to the maximum length.
    func cutTokens(_ index: Int) -> [Int] { record(index).cutTokens }

    /// See `PreferenceRecord`.
    func size(_ index: Int, in layout: BatchLayout) -> PreferenceSize {
        record(index).size(in: layout)
    }

    /// See `PreferenceRecord`.
    func promptDigest(_ index: Int) -> ContentDigest? {
        let record = record(index)
        return withExtendedLifetime(file) { record.promptDigest(file.bytes) }
    }

    /// - Parameter files: the names of the files.
    func preference(_ index: Int, files: [String]) -> Preference {
        let record = record(index)
        return withExtendedLifetime(file) {
            record.preference(
                file.bytes,
                source: RowSource(
                    file: files[record.file],
                    line: record.line,
                    element: record.element
                )
            )
        }
    }

    private func record(_ index: Int) -> PreferenceRecord {
        precondition(index >= 0 && index < count, "there is no such preference")
        let start = Self.offset(file.bytes, footer, index)
        guard let record = PreferenceRecord(file.bytes, at: start) else {
            // All records were read when the file was opened, and nobody writes to such files.
            preconditionFailure("\(file.url.path) was changed while it was in use")
        }
        let size = record.end - start + Self.faultSize
        if touched.add(size, ordering: .relaxed).newValue > Self.residentLimit {
            // While others read: what they need comes again.
            touched.store(0, ordering: .relaxed)
            file.releasePages()
        }
        return record
    }
}

/// Why a file of prepared data cannot be used.
struct StoreProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Judgement {
    /// How many comparisons there are.
    var comparisonCount: Int {
        switch self {
        // By far the most common.
        case .ranked([0, 1]): 1
        default: comparisons.count
        }
    }
}
