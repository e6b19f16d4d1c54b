package import Foundation

/// Writes a file so that its place holds either what was there before or the whole new content.
///
/// Bytes go to a hidden file beside the place, which `commit()` syncs and renames over it. Where
/// the writer goes away without `commit()`, the hidden file goes with it.
package final class AtomicFile {
    private let destination: URL
    private let partial: String
    private var descriptor: Int32

    /// - Throws: `FileError` where the folder cannot be written.
    package init(_ destination: URL) throws {
        self.destination = destination
        let folder = destination.deletingLastPathComponent().path
        // A name of its own, so that two writers of one place do not write into one file.
        let tag = UUID().uuidString.prefix(8)
        partial = "\(folder)/.\(destination.lastPathComponent).partial-\(tag)"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.system("write", destination.path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partial)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError.system("write", destination.path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    package func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Waits until the new content is on the disk, still beside its place.
    ///
    /// Whoever puts several files in place together calls this for each first: then what is left
    /// to do, the renaming, is quick and hardly fails.
    package func sync() throws {
        guard fsync(descriptor) == 0 else { throw FileError.system("sync", destination.path) }
    }

    /// Puts the new content in its place: it is on the disk when this returns.
    package func commit() throws {
        try sync()
        guard close(descriptor) == 0 else {
            descriptor = -1
            unlink(partial)
            throw FileError.system("close", destination.path)
        }
        descriptor = -1
        guard rename(partial, destination.path) == 0 else {
            let error = FileError.system("rename", destination.path)
            unlink(partial)
            throw error
        }
        let folder = open(destination.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Writes a whole file at once.
    package static func write(_ text: String, to destination: URL) throws {
        let file = try AtomicFile(destination)
        try file.write(text)
        try file.commit()
    }
}
