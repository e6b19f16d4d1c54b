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
    package func releasePages() { releasePages(of: bytes) }

    /// Gives back the memory of the pages that lie wholly within a part of the file.
    package func releasePages(of part: UnsafeRawBufferPointer) {
        guard let address = part.baseAddress else { return }
        let size = sysconf(Int32(_SC_PAGESIZE))
        let start = (Int(bitPattern: address) + size - 1) / size * size
        // The file's last page is its own to the end.
        let isLast = address + part.count == bytes.baseAddress.map { $0 + bytes.count }
        let end = Int(bitPattern: address) + part.count
        let count = (isLast ? end : end / size * size) - start
        guard count > 0 else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: start), count, MADV_DONTNEED)
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
