import Files
import Foundation
import TestSupport
import Testing

@Suite("AtomicFile")
struct AtomicFileTests {
    let folder: TemporaryFolder
    var url: URL { folder.url.appending(path: "out.txt") }

    init() throws { folder = try TemporaryFolder() }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    }

    func content() throws -> String { try String(contentsOf: url, encoding: .utf8) }

    @Test("the place is empty until the commit, and has everything after it")
    func commit() throws {
        let file = try AtomicFile(url)
        try file.write("héllo ")
        try [UInt8]([0x77, 0x0A]).withUnsafeBytes { try file.write($0) }
        try file.write(UnsafeRawBufferPointer(start: nil, count: 0))
        try file.sync()
        #expect(!FileManager.default.fileExists(atPath: url.path))
        try file.commit()
        #expect(try content() == "héllo w\n")
        #expect(try names() == ["out.txt"])
    }

    @Test("an old file stays until the commit replaces it")
    func replace() throws {
        try AtomicFile.write("old, and longer", to: url)
        let file = try AtomicFile(url)
        try file.write("new")
        #expect(try content() == "old, and longer")
        try file.commit()
        #expect(try content() == "new")
        #expect(try names() == ["out.txt"])
    }

    @Test("without a commit nothing is left")
    func abandoned() throws {
        try AtomicFile.write("old", to: url)
        do {
            let file = try AtomicFile(url)
            try file.write("new")
        }
        #expect(try content() == "old")
        #expect(try names() == ["out.txt"])
    }

    @Test("two writers of one place do not disturb each other; the last to commit wins")
    func two() throws {
        let first = try AtomicFile(url)
        let second = try AtomicFile(url)
        try first.write("first")
        try second.write("2")
        try first.commit()
        #expect(try content() == "first")
        try second.write("nd")
        try second.commit()
        #expect(try content() == "2nd")
        #expect(try names() == ["out.txt"])
    }

    @Test("where a folder is in the place the commit fails and leaves nothing behind")
    func folderInPlace() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        let error = #expect(throws: FileError.self) { try AtomicFile.write("x", to: url) }
        #expect(error?.operation == "rename")
        #expect(error?.path == url.path)
        #expect(try names() == ["out.txt"])
    }

    @Test("a folder that is not there is told by the path of the file")
    func noFolder() throws {
        let url = folder.url.appending(path: "none/out.txt")
        let error = #expect(throws: FileError.self) { try AtomicFile(url) }
        #expect(error?.description == "\(url.path): cannot write: No such file or directory")
    }
}
