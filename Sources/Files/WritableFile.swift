package import Foundation

/// A file that is being written, and can be read once all is there.
package protocol WritableFile: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws

    /// What has been written so far, mapped; it stays readable whatever becomes of the name.
    func mapped() throws -> MappedFile
}

/// A file without a name, which goes away with whoever has it open, even if that is killed.
package final class TemporaryFile: WritableFile {
    private let folder: URL
    private let descriptor: Int32

    /// - Parameter folder: where its bytes lie; by default what `TMPDIR` names.
    /// - Throws: `FileError` where the folder cannot be written.
    package init(in folder: URL = FileManager.default.temporaryDirectory) throws {
        self.folder = folder
        var template = Array("\(folder.path)/.penchant-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw FileError.system("write in", folder.path) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(&template)
    }

    deinit { close(descriptor) }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard FileError.writeAll(bytes, to: descriptor) else {
            throw FileError.system("write in", folder.path)
        }
    }

    package func mapped() throws -> MappedFile {
        try MappedFile(descriptor: descriptor, url: folder)
    }
}

extension FileError {
    /// Writes all bytes, or leaves in `errno` why not.
    package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }
}
