package import Foundation

/// Writes a file so that its place holds either what was there before or the whole new content.
///
/// Bytes go to a hidden file beside the place, which `commit()` syncs and renames over it. Where
/// the writer goes away without `commit()`, the hidden file goes with it.
///
/// The hidden file is locked while its writer lives, which is how `removeLeftovers(in:)` tells those
/// of dead programs.
package final class AtomicFile: WritableFile {
    private let destination: URL
    private let partial: String
    private var descriptor: Int32

    /// - Throws: `FileError` where the folder cannot be written.
    package init(_ destination: URL) throws {
        self.destination = destination
        let folder = destination.deletingLastPathComponent().path
        // A name of its own, so that two writers of one place do not write into one file.
        let tag = UUID().uuidString.prefix(8)
        partial = "\(folder)/.\(destination.lastPathComponent)\(Self.partialMark)\(tag)"
        descriptor = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.system("write", destination.path) }
        // Where a file system knows no locks, nothing is cleaned up there either.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partial)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        FaultPoint.reach()
        guard FileError.writeAll(bytes, to: descriptor) else {
            throw FileError.system("write", destination.path)
        }
    }

    package func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    package func mapped() throws -> MappedFile {
        try MappedFile(descriptor: descriptor, url: destination)
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
        FaultPoint.reach()
        guard rename(partial, destination.path) == 0 else {
            let error = FileError.system("rename", destination.path)
            unlink(partial)
            throw error
        }
        FaultPoint.reach()
        Self.syncFolder(destination.deletingLastPathComponent())
    }

    /// Brings to the disk what names a folder has; where the system cannot, it is left to it.
    package static func syncFolder(_ url: URL) {
        let folder = open(url.path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Writes a whole file at once.
    package static func write(_ text: String, to destination: URL) throws {
        let file = try AtomicFile(destination)
        try file.write(text)
        try file.commit()
    }

    private static let partialMark = ".partial-"

    /// Removes what programs that were killed left in a folder.
    package static func removeLeftovers(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(".") && name.contains(partialMark) {
            let path = "\(folder.path)/\(name)"
            let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            // One that was made just now may not be locked yet.
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                FileStamp(status).age > 60, flock(descriptor, LOCK_EX | LOCK_NB) == 0
            else { continue }
            unlink(path)
        }
    }
}
