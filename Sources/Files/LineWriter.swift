import CZlib
package import Foundation

/// Writes a file line by line so that its place holds either what was there before or all lines;
/// compressed with gzip where the file's name ends in `.gz`.
package final class LineWriter {
    private let file: AtomicFile
    private let path: String
    private var stream: gzFile?

    /// - Throws: `FileError` where the folder cannot be written.
    package init(_ destination: URL) throws {
        file = try AtomicFile(destination)
        path = destination.path
        guard destination.pathExtension.lowercased() == "gz" else { return }
        stream = gzdopen(dup(file.descriptor), "wb")
        if stream == nil { throw FileError.system("write", path) }
    }

    deinit { if let stream { gzclose(stream) } }

    /// Writes a line and its end.
    package func write(_ line: [UInt8]) throws {
        try (line + [0x0A]).withUnsafeBytes { bytes in
            guard let stream else { return try file.write(bytes) }
            var rest = bytes
            while !rest.isEmpty {
                // zlib counts in 32 bits.
                let count = gzwrite(stream, rest.baseAddress, UInt32(min(rest.count, 1 << 30)))
                guard count > 0 else { throw FileError.system("write", path) }
                rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
            }
        }
    }

    /// Ends the file and waits until all of it is on the disk, still beside its place.
    package func sync() throws {
        if let stream {
            self.stream = nil
            guard gzclose(stream) == Z_OK else { throw FileError.system("write", path) }
        }
        try file.sync()
    }

    /// Puts the file in its place; nothing can be written to it any more.
    package func commit() throws {
        try sync()
        try file.commit()
    }
}
