import Files
import Foundation
import TestSupport
import Testing

@Suite("MappedFile")
struct MappedFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("the bytes are the file's, also after the file is gone")
    func content() throws {
        let content = Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
        let url = try folder.write("a.bin", content)
        let file = try MappedFile(url)
        try FileManager.default.removeItem(at: url)
        withExtendedLifetime(file) { #expect(Data(file.bytes) == content) }
        #expect(file.url == url)
    }

    @Test("an empty file has no bytes")
    func empty() throws {
        let file = try MappedFile(folder.write("empty", Data()))
        #expect(file.bytes.isEmpty)
    }

    @Test("a missing file is told by its path")
    func missing() {
        let url = folder.url.appending(path: "none")
        let error = #expect(throws: FileError.self) { try MappedFile(url) }
        #expect(error?.description == "\(url.path): cannot open: No such file or directory")
    }

    @Test("a folder is refused")
    func folderInPlace() {
        let error = #expect(throws: FileError.self) { try MappedFile(folder.url) }
        #expect(
            error?.description == "\(folder.url.path): cannot map: it is not a regular file"
        )
    }

    @Test("a pipe is refused instead of waited for")
    func pipe() throws {
        let url = folder.url.appending(path: "pipe")
        try #require(mkfifo(url.path, 0o600) == 0)
        let error = #expect(throws: FileError.self) { try MappedFile(url) }
        #expect(error?.reason == "it is not a regular file")
    }

    @Test("pages of a part that were released are read again")
    func partlyReleased() throws {
        let content = Data((0..<5 * 16384).map { UInt8(truncatingIfNeeded: $0 % 251) })
        let file = try MappedFile(folder.write("a.bin", content))
        for part in [0..<0, 1..<2, 100..<70_000, 0..<content.count] {
            file.releasePages(of: UnsafeRawBufferPointer(rebasing: file.bytes[part]))
            withExtendedLifetime(file) { #expect(Data(file.bytes) == content) }
        }
    }
}
