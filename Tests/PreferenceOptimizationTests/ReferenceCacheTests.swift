import Foundation
import TestSupport
import Testing
import TokenTrees

@testable import PreferenceOptimization

@Suite struct ReferenceCacheTests {
    let folder: TemporaryFolder
    let key = ReferenceKey(name: "key")
    let first = TokenSequence(tokens: [1, 2, 3, 4], scored: [2..<4])
    let second = TokenSequence(tokens: [1, 2, 9, 9, 9], scored: [2..<5])

    init() throws { folder = try TemporaryFolder() }

    /// The file of a cache that keeps both sequences.
    private func filled() throws -> URL {
        let cache = try ReferenceCache(folder: folder.url, key: key)
        try cache.keep([(first, [-0.5, -1.25])])
        try cache.keep([(second, [-2, -.infinity, -0.0])])
        return cache.url
    }

    @Test("what was kept is there again, bit for bit, and nothing else")
    func reopening() throws {
        _ = try filled()
        let cache = try ReferenceCache(folder: folder.url, key: key)
        #expect(cache.count == 2)
        #expect(cache.discardedByteCount == 0)
        #expect(try cache.logProbabilities(of: first) == [-0.5, -1.25])
        let values = try #require(try cache.logProbabilities(of: second))
        #expect(values.map(\.bitPattern) == [Float(-2), -.infinity, -0.0].map(\.bitPattern))
        // The same tokens with others of them scored are another sequence.
        let other = TokenSequence(tokens: [1, 2, 3, 4], scored: [1..<3])
        #expect(try cache.logProbabilities(of: other) == nil)
        #expect(!cache.contains(other))
        let stranger = try ReferenceCache(folder: folder.url, key: ReferenceKey(name: "other"))
        #expect(stranger.count == 0)
    }

    @Test("a torn end costs its record alone", arguments: 1...35)
    func torn(missing: Int) throws {
        let url = try filled()
        let whole = try Data(contentsOf: url)
        // The second record: 24 bytes of head and three numbers.
        try whole.dropLast(missing).write(to: url)
        let cache = try ReferenceCache(folder: folder.url, key: key)
        #expect(cache.count == 1)
        #expect(cache.discardedByteCount == 36 - missing)
        #expect(try cache.logProbabilities(of: first) == [-0.5, -1.25])
        // What is added stands behind the whole records.
        try cache.keep([(second, [1, 2, 3])])
        let again = try ReferenceCache(folder: folder.url, key: key)
        #expect(try again.logProbabilities(of: second) == [1, 2, 3])
        #expect(again.discardedByteCount == 0)
    }

    @Test("a changed byte is found, wherever it is")
    func edited() throws {
        let url = try filled()
        let whole = try Data(contentsOf: url)
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 0x10
            try bytes.write(to: url)
            let cache = try ReferenceCache(folder: folder.url, key: key)
            #expect(cache.discardedByteCount > 0)
            // 8 bytes of magic, then a record of 32.
            #expect(cache.count == (place < 40 ? 0 : 1))
            #expect(try cache.logProbabilities(of: second) == nil)
        }
    }

    @Test("two runs may keep at once")
    func sharing() throws {
        let caches = try [
            ReferenceCache(folder: folder.url, key: key),
            ReferenceCache(folder: folder.url, key: key),
        ]
        try caches[0].keep([(first, [-1, -2])])
        try caches[1].keep([(second, [-3, -4, -5])])
        try caches[0].keep([(second, [-3, -4, -5])])
        #expect(try caches[0].logProbabilities(of: second) == [-3, -4, -5])
        #expect(try caches[1].logProbabilities(of: second) == [-3, -4, -5])
        let later = try ReferenceCache(folder: folder.url, key: key)
        #expect(try later.logProbabilities(of: first) == [-1, -2])
        #expect(later.discardedByteCount == 0)
    }

    @Test("a folder that cannot be made is one clear line")
    func unwritable() throws {
        let file = try folder.write("file", "")
        #expect(throws: (any Error).self) {
            try ReferenceCache(folder: file.appending(path: "cache"), key: key)
        }
    }
}
