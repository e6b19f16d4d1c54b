import Files
import Foundation
import TestSupport
import Testing

@Suite("TemporaryFile and what is left of killed writers")
struct TemporaryFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    func content(_ file: MappedFile) -> [UInt8] {
        withExtendedLifetime(file) { Array(file.bytes) }
    }

    @Test("it has no name while it is written, and can be read")
    func unnamed() throws {
        let file = try TemporaryFile(in: folder.url)
        try [UInt8]("hello".utf8).withUnsafeBytes { try file.write($0) }
        #expect(try names() == [])
        let mapped = try file.mapped()
        try [UInt8](" world".utf8).withUnsafeBytes { try file.write($0) }
        #expect(content(mapped) == Array("hello".utf8))
        #expect(try content(file.mapped()) == Array("hello world".utf8))
    }

    @Test("bytes that were given back are read again")
    func releasedPages() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = try TemporaryFile(in: folder.url)
        try bytes.withUnsafeBytes { try file.write($0) }
        let mapped = try file.mapped()
        #expect(content(mapped) == bytes)
        mapped.releasePages()
        #expect(content(mapped) == bytes)
    }

    @Test("a folder that is not there is told")
    func noFolder() throws {
        let missing = folder.url.appending(path: "none")
        let error = #expect(throws: FileError.self) { try TemporaryFile(in: missing) }
        #expect(
            error?.description == "\(missing.path): cannot write in: No such file or directory"
        )
    }

    @Test("files of dead writers go; those of living ones, new ones and others stay")
    func leftovers() throws {
        let old = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -3600)]
        func place(_ name: String) throws {
            let file = try folder.write(name, "x")
            try FileManager.default.setAttributes(old, ofItemAtPath: file.path)
        }
        try place(".a.partial-00000000")
        try place("b.partial-00000000")
        try place(".c")
        _ = try folder.write(".d.partial-00000000", "new")
        let living = try AtomicFile(folder.url.appending(path: "e"))
        let name = try #require(try names().first { $0.hasPrefix(".e.partial-") })
        let path = folder.url.appending(path: name).path
        try FileManager.default.setAttributes(old, ofItemAtPath: path)

        AtomicFile.removeLeftovers(in: folder.url)
        #expect(try names() == [".c", ".d.partial-00000000", name, "b.partial-00000000"].sorted())
        try living.commit()
        #expect(try names().contains("e"))
    }

    @Test("what was written can be mapped before it has its name, and stays when the name goes")
    func mappedBeforeCommit() throws {
        let url = folder.url.appending(path: "f")
        let file = try AtomicFile(url)
        try file.write("content")
        let mapped = try file.mapped()
        try file.commit()
        try FileManager.default.removeItem(at: url)
        #expect(content(mapped) == Array("content".utf8))
    }

    @Test("the checksum is gzip's, in pieces of any size")
    func checksum() {
        // The check value of CRC-32: that of "123456789" is cbf43926.
        var checksum = Checksum()
        for piece in ["", "1234", "", "56789"] {
            Array(piece.utf8).withUnsafeBytes { checksum.update($0) }
        }
        #expect(checksum.value == 0xCBF4_3926)
    }
}
