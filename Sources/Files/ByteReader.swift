import CZlib
package import Foundation

/// Reads a file or standard input in chunks, plain or compressed with gzip (told by its first
/// bytes).
package struct ByteReader: ~Copyable {
    /// How many bytes of the file were read, as they lie on the disk.
    package var bytesRead: Int { max(0, Int(gzoffset(file))) }

    private let path: String
    private let file: gzFile

    private static let chunkSize = 1 << 18

    /// - Throws: `FileError` where the file cannot be opened.
    package init(_ url: URL) throws {
        let path = url.path
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
            isDirectory.boolValue
        {
            throw FileError("read", path, reason: "it is a folder")
        }
        guard let file = gzopen(path, "rbe") else { throw FileError.system("open", path) }
        self.init(path: path, file: file)
    }

    /// Reads standard input.
    package static func standardInput() throws -> ByteReader {
        guard let file = gzdopen(dup(STDIN_FILENO), "rb") else {
            throw FileError.system("read", "standard input")
        }
        return ByteReader(path: "standard input", file: file)
    }

    private init(path: String, file: gzFile) {
        self.path = path
        self.file = file
        gzbuffer(file, UInt32(Self.chunkSize))
    }

    deinit { gzclose(file) }

    /// Appends the next bytes to a buffer.
    ///
    /// - Returns: whether there were any; false at the end of the file.
    /// - Throws: `FileError` where reading fails or compressed data are damaged or cut short.
    package mutating func read(into buffer: inout [UInt8]) throws -> Bool {
        let used = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.chunkSize))
        let count = buffer.withUnsafeMutableBytes {
            gzread(file, $0.baseAddress?.advanced(by: used), UInt32(Self.chunkSize))
        }
        guard count >= 0 else {
            var code: Int32 = 0
            let reason = gzerror(file, &code).map { String(cString: $0) } ?? "zlib error \(code)"
            throw FileError("read", path, reason: "damaged gzip data (\(reason))")
        }
        buffer.removeLast(Self.chunkSize - Int(count))
        guard count == 0 else { return true }
        var code: Int32 = 0
        gzerror(file, &code)
        // A compressed file that is cut short ends in Z_BUF_ERROR, not in a failed read.
        if code == Z_BUF_ERROR {
            throw FileError("read", path, reason: "the gzip data are cut short")
        }
        return false
    }
}
