package import Foundation

/// A file's bytes, mapped into memory for reading.
///
/// Pages come in as they are touched and can be dropped again by the system, so a large file
/// costs address space, not memory. The bytes live as long as this object.
package final class MappedFile: Sendable {
    package let url: URL
    /// The whole file, valid while this object lives.
    ///
    /// Reading it does not keep the object alive: where nothing else does, use
    /// `withExtendedLifetime`.
    ///
    /// Nobody writes to them, so any thread may read them.
    package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    /// - Throws: `FileError` where the file cannot be opened or mapped, or is no regular file.
    package convenience init(_ url: URL) throws {
        // Without waiting: a pipe in the place of a file would otherwise be waited for until someone
        // writes to it.
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError.system("open", url.path) }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, url: url)
    }

    /// Maps an open file, whatever its name leads to by now.
    ///
    /// - Parameter url: what messages call it.
    package init(descriptor: Int32, url: URL) throws {
        self.url = url
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.system("read", url.path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError("map", url.path, reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let start, start != MAP_FAILED else { throw FileError.system("map", url.path) }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    /// Gives the memory of all pages that were read back to the system.
    ///
    /// Those that are read again, by whomever, come from the system's cache or the disk.
    package func releasePages() {
        guard let start = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: start), bytes.count, MADV_DONTNEED)
    }

    /// The same for the pages that lie within some of the bytes.
    package func releasePages(of part: UnsafeRawBufferPointer) {
        guard let start = part.baseAddress else { return }
        let size = UInt(getpagesize())
        let first = (UInt(bitPattern: start) + size - 1) / size * size
        let end = UInt(bitPattern: start + part.count) / size * size
        guard first < end else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED)
    }

    deinit {
        if let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}

extension FileError {
    /// The failure that `errno` tells of.
    package static func system(_ operation: String, _ path: String) -> FileError {
        FileError(operation, path, reason: String(cString: strerror(errno)))
    }
}
