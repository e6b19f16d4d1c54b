import Files
import Foundation
import TestSupport
import Testing

@Suite("LineReader")
struct LineReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func lines(_ bytes: some Sequence<UInt8>) throws -> [String] {
        try lines(of: folder.write("lines.txt", Data(bytes)))
    }

    func lines(of url: URL) throws -> [String] {
        var reader = try LineReader(url)
        var lines: [String] = []
        while let line = try reader.next() {
            lines.append(String(decoding: line, as: UTF8.self))
            #expect(reader.lineNumber == lines.count)
        }
        return lines
    }

    static let texts: [(String, [String])] = [
        ("", []), ("\n", [""]), ("\r\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\r\n", ["a"]),
        ("a\n\nb", ["a", "", "b"]), ("a\r\nb\nc\r\n", ["a", "b", "c"]),
        // Only the one return that belongs to the line's end goes.
        ("a\r\r\n\r\nb\rc", ["a\r", "", "b\rc"]), ("a\r", ["a\r"]),
        ("\u{FEFF}é😀\u{2028}\u{0}\n", ["\u{FEFF}é😀\u{2028}\u{0}"]),
    ]

    @Test("lines end with a newline, with or without a return before it", arguments: texts)
    func plain(_ text: String, _ expected: [String]) throws {
        #expect(try lines(text.utf8) == expected)
    }

    @Test("lines may be longer than what is read at once, and end anywhere in it")
    func long() throws {
        let chunk = 1 << 18
        for lengths in [
            [chunk - 1, 5], [chunk, 5], [chunk - 2, 1, 1], [3 * chunk + 7, 0, 2 * chunk],
        ] {
            for ending in ["\n", "\r\n"] {
                let expected = lengths.map { String(repeating: "x", count: $0) }
                let text = expected.joined(separator: ending)
                #expect(try lines(text.utf8) == expected)
                #expect(try lines((text + ending).utf8) == expected)
            }
        }
    }

    // gzip.compress(b"one\r\ntwo\n\nlast", mtime=0) in Python.
    static let compressed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0xCF, 0x4B, 0xE5, 0xE5,
        0x2A, 0x29, 0xCF, 0xE7, 0xE2, 0xCA, 0x49, 0x2C, 0x2E, 0x01, 0x00, 0x07, 0x29, 0x30, 0x65,
        0x0E, 0x00, 0x00, 0x00,
    ]

    @Test("compressed lines are told by the first bytes, whatever the file's name")
    func gzip() throws {
        #expect(try lines(Self.compressed) == ["one", "two", "", "last"])
    }

    @Test("a file of several compressed parts is read as one")
    func members() throws {
        // The last line of a part goes on in the next.
        #expect(
            try lines(Self.compressed + Self.compressed)
                == ["one", "two", "", "lastone", "two", "", "last"]
        )
    }

    @Test("compressed data that are cut short are an error, wherever the cut is")
    func truncated() throws {
        // Two bytes are what tells compressed data; one alone is a line of text.
        for count in 2..<Self.compressed.count {
            let error = #expect(throws: FileError.self, "\(count) bytes") {
                try lines(Self.compressed.prefix(count))
            }
            #expect(error?.reason == "the gzip data are cut short", "\(count) bytes")
        }
        for count in 2..<Self.compressed.count {
            #expect(throws: FileError.self, "\(count) bytes of the second part") {
                try lines(Self.compressed + Self.compressed.prefix(count))
            }
        }
    }

    @Test("compressed data that are damaged are an error")
    func damaged() throws {
        for index in 10..<Self.compressed.count {
            var bytes = Self.compressed
            bytes[index] ^= 0x41
            #expect(throws: FileError.self, "byte \(index)") { try lines(bytes) }
        }
    }

    @Test("after the end there is nothing, however often one asks")
    func end() throws {
        var reader = try LineReader(folder.write("a.txt", "a"))
        #expect(try reader.next() == [0x61])
        #expect(try reader.next() == nil)
        #expect(try reader.next() == nil)
        #expect(reader.lineNumber == 1)
    }

    @Test("a missing file and a folder are told by their path")
    func missing() throws {
        let url = folder.url.appending(path: "none.jsonl")
        var error = #expect(throws: FileError.self) { try lines(of: url) }
        #expect(error?.description == "\(url.path): cannot open: No such file or directory")
        error = #expect(throws: FileError.self) { try lines(of: folder.url) }
        #expect(error?.description == "\(folder.url.path): cannot read: it is a folder")
    }
}
