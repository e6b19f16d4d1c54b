import Files
import Foundation
import TestSupport
import Testing
import TokenTrees

@testable import PreferenceData

/// Files of prepared data.
@Suite struct PreferenceStoreTests {
    let folder: TemporaryFolder
    var url: URL { folder.url.appending(path: "store") }

    init() throws { folder = try TemporaryFolder() }

    static func preference(
        _ tokens: [[Int32]],
        scored: [[Range<Int>]],
        prompt: Int,
        _ judgement: Judgement = .pair,
        weight: Double = 1,
        margin: Double = 0,
        line: Int = 1
    ) -> Preference {
        Preference(
            sequences: zip(tokens, scored).map { TokenSequence(tokens: $0, scored: $1) },
            promptLength: prompt,
            judgement: judgement,
            weight: weight,
            margin: margin,
            source: RowSource(file: "a", line: line)
        )
    }

    /// One of each kind.
    static let preferences = [
        preference([[1, 2, 3], [1, 2, 4, 5]], scored: [[2..<3], [2..<4]], prompt: 2),
        // Wide ids; several ranges, of which one lies in the shared part; weight and margin.
        preference(
            [[1, 70_000, 3, 4, 5, 6], [1, 70_000, 3, 9]],
            scored: [[1..<2, 3..<6], [1..<2, 3..<4]],
            prompt: 1,
            weight: 0.25,
            margin: -1.5,
            line: 300
        ),
        // Ids around where two bytes end, ranks of any size, an answer that is the beginning of
        // another one.
        preference(
            [[65_535, 0], [65_535, 0, 7], [65_535, 8]],
            scored: [[1..<2], [1..<3], [1..<2]],
            prompt: 1,
            .ranked([3, Int.min, Int.max]),
            line: 1_000_000
        ),
        preference([[5, 6]], scored: [[1..<2]], prompt: 1, .labelled(true)),
        preference([[Int32.max, 6]], scored: [[1..<2]], prompt: 0, .labelled(false)),
        preference([[1, 2], [1, 3]], scored: [[1..<2], [1..<2]], prompt: 1, .ranked([0, 0])),
    ]

    func write(
        _ preferences: [Preference],
        key: DataKey? = nil,
        change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> PreferenceStore {
        let file = try TemporaryFile(in: folder.url)
        var writer = PreferenceStoreWriter(file, key: key)
        var summary = StoreSummary(files: ["a"], report: DataReport())
        for (row, preference) in preferences.enumerated() {
            summary.add(preference)
            try writer.append(
                PreferenceRecord.bytes(
                    of: preference,
                    cutTokens: preference.sequences.indices.map { $0 * 200 },
                    row: row + 5,
                    file: 0
                )
            )
        }
        try writer.finish(summary)
        var bytes = try content(file.mapped())
        change(&bytes)
        return try open(bytes, key: key)
    }

    func open(_ bytes: [UInt8], key: DataKey? = nil) throws -> PreferenceStore {
        let file = try TemporaryFile(in: folder.url)
        try bytes.withUnsafeBytes { try file.write($0) }
        return try PreferenceStore(file.mapped(), key: key)
    }

    func content(_ file: MappedFile) -> [UInt8] {
        withExtendedLifetime(file) { Array(file.bytes) }
    }

    @Test("every kind of preference comes back as it was")
    func roundTrip() throws {
        let store = try write(Self.preferences)
        #expect(store.count == Self.preferences.count)
        for (index, preference) in Self.preferences.enumerated() {
            #expect(store.preference(index, files: ["a"]) == preference)
            #expect(store.row(index) == index + 5)
            #expect(store.cutTokens(index) == preference.sequences.indices.map { $0 * 200 })
        }
        #expect(store.summary.leastToken == 0)
        #expect(store.summary.largestToken == Int32.max)
        // 1, 1, 3 comparisons, no label makes any, nor do equal ranks.
        #expect(store.pairOffsets == [0, 1, 2, 5, 5, 5, 5])
    }

    @Test("what the answers begin with is there once")
    func sharedTokens() throws {
        let shared = [Int32](repeating: 7, count: 1000)
        let preference = Self.preference(
            [shared + [1], shared + [2], shared + [3]],
            scored: [[1000..<1001], [1000..<1001], [1000..<1001]],
            prompt: 1000,
            .ranked([0, 1, 2])
        )
        let bytes = PreferenceRecord.bytes(
            of: preference,
            cutTokens: [0, 0, 0],
            row: 0,
            file: 0
        )
        // 1,003 tokens of two bytes, and less than 40 bytes besides.
        #expect((2006..<2046).contains(bytes.count))
    }

    @Test("where every preference makes one pair nothing is kept for pairs")
    func onePairEach() throws {
        #expect(try write([Self.preferences[0], Self.preferences[1]]).pairOffsets == nil)
    }

    @Test("a file with any byte changed is found")
    func everyByte() throws {
        let file = try TemporaryFile(in: folder.url)
        var writer = PreferenceStoreWriter(file, key: nil)
        var summary = StoreSummary(files: ["a"], report: DataReport())
        summary.add(Self.preferences[1])
        try writer.append(
            PreferenceRecord.bytes(
                of: Self.preferences[1],
                cutTokens: [0, 0],
                row: 0,
                file: 0
            )
        )
        try writer.finish(summary)
        let bytes = try content(file.mapped())
        #expect(try open(bytes).count == 1)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x20
            #expect(throws: StoreProblem.self) { try open(changed) }
        }
        for count in 0..<bytes.count {
            #expect(throws: StoreProblem.self) { try open(Array(bytes[..<count])) }
        }
        #expect(throws: StoreProblem.self) { try open(bytes + [0]) }
    }

    @Test("records that are nonsense are found even where the checksum fits")
    func forged() throws {
        let all = try write(Self.preferences) { _ in }
        #expect(all.count == Self.preferences.count)
        // Every byte of the records and the index takes the values at which something can break.
        for value in [UInt8(0), 1, 0x7F, 0x80, 0xFF] {
            let file = try TemporaryFile(in: folder.url)
            var writer = PreferenceStoreWriter(file, key: nil)
            for (row, preference) in Self.preferences.enumerated() {
                let cut = preference.sequences.map { _ in 0 }
                try writer.append(
                    PreferenceRecord.bytes(of: preference, cutTokens: cut, row: row, file: 0)
                )
            }
            try writer.finish(StoreSummary(files: ["a"], report: DataReport()))
            let bytes = try content(file.mapped())
            let end = bytes.count - StoreFormat.footerSize
            for index in StoreFormat.headerSize..<end {
                var changed = bytes
                changed[index] = value
                var checksum = Checksum()
                changed[..<end].withUnsafeBytes { checksum.update($0) }
                changed.replaceSubrange(end + 24..<end + 28, with: checksum.value.bytes)
                // Some changes make another preference; none may trap.
                guard let store = try? open(changed) else { continue }
                for index in 0..<store.count {
                    _ = store.preference(index, files: store.summary.files).pairs
                }
            }
        }
    }

    @Test("a file is used only under its key")
    func keys() throws {
        let data = try folder.write("data", "x")
        func key(_ fingerprint: String) throws -> DataKey {
            try DataKey(files: [data], fingerprint: fingerprint, settings: DataSettings())
        }
        let store = try write(Self.preferences, key: key("a"))
        #expect(store.count == Self.preferences.count)
        let file = try TemporaryFile(in: folder.url)
        try PreferenceStoreWriter(file, key: key("a"))
            .finish(StoreSummary(files: ["a"], report: DataReport()))
        let other = try key("b")
        #expect(throws: StoreProblem.self) { try PreferenceStore(file.mapped(), key: other) }
        #expect(throws: StoreProblem.self) { try PreferenceStore(file.mapped(), key: nil) }
    }

    @Test("a full disk is told in one line with what to do")
    func fullDisk() throws {
        final class FullDisk: WritableFile {
            func write(_ bytes: UnsafeRawBufferPointer) throws {
                throw FileError("write", "/disk/file", reason: "No space left on device")
            }
            func mapped() throws -> MappedFile { throw FileError("map", "", reason: "") }
        }
        var writer = PreferenceStoreWriter(FullDisk(), key: nil)
        let error = #expect(throws: FileError.self) {
            for _ in 0..<3 { try writer.append(Array(repeating: 0, count: 1 << 19)) }
        }
        #expect(
            error?.description
                == "/disk/file: cannot write: No space left on device (prepared data lie there, "
                + "1,048,624 bytes so far; make room, or choose another folder)"
        )
    }

    @Test("threads read at the same time, while pages are given back")
    func threads() async throws {
        let preferences = (0..<200).map { line in
            Self.preference(
                [[Int32(line), 1], [Int32(line), 2]],
                scored: [[1..<2], [1..<2]],
                prompt: 1,
                line: line + 1
            )
        }
        let store = try write(preferences)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    // Each read counts 64 KiB, so that pages go every 2,000 of these 16,000.
                    (0..<20).allSatisfy { _ in
                        preferences.indices.allSatisfy {
                            store.preference($0, files: ["a"]) == preferences[$0]
                        }
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
