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

    @Test("pages that were given back come again with the file's bytes")
    func releasedPages() throws {
        let content = Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        let file = try MappedFile(folder.write("a.bin", content))
        withExtendedLifetime(file) {
            for part in [0..<50_000, 5_000..<30_000, 10..<20, 49_000..<50_000, 7..<7] {
                #expect(Data(file.bytes) == content)
                file.releasePages(of: UnsafeRawBufferPointer(rebasing: file.bytes[part]))
            }
            #expect(Data(file.bytes) == content)
        }
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
}
