import CZlib
package import Foundation

/// Reads a text file line by line, plain or compressed with gzip (told by its first bytes).
///
/// Memory is bounded by the longest line.
package struct LineReader: ~Copyable {
    /// The number of the line that `next()` gave last, from 1.
    package private(set) var lineNumber = 0

    /// How many bytes of the file were read, as they lie on the disk.
    package var bytesRead: Int { max(0, Int(gzoffset(file))) }

    private let path: String
    private let file: gzFile
    private var buffer: [UInt8] = []
    private var start = 0
    private var atEnd = false

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
    package static func standardInput() throws -> LineReader {
        guard let file = gzdopen(dup(STDIN_FILENO), "rb") else {
            throw FileError.system("read", "standard input")
        }
        return LineReader(path: "standard input", file: file)
    }

    private init(path: String, file: gzFile) {
        self.path = path
        self.file = file
        gzbuffer(file, UInt32(Self.chunkSize))
    }

    deinit { gzclose(file) }

    /// The next line without its line ending (`\n` or `\r\n`), or nil at the end of the file.
    ///
    /// - Throws: `FileError` where reading fails or compressed data are damaged or cut short.
    package mutating func next() throws -> [UInt8]? {
        var searched = start
        while true {
            if let newline = buffer[searched...].firstIndex(of: 0x0A) {
                var end = newline
                if end > start, buffer[end - 1] == 0x0D { end -= 1 }
                defer { start = newline + 1 }
                lineNumber += 1
                return Array(buffer[start..<end])
            }
            if atEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                lineNumber += 1
                return Array(buffer[start...])
            }
            buffer.removeSubrange(..<start)
            start = 0
            searched = buffer.count
            try fill()
        }
    }

    private mutating func fill() throws {
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
        if count == 0 {
            var code: Int32 = 0
            gzerror(file, &code)
            // A compressed file that is cut short ends in Z_BUF_ERROR, not in a failed read.
            if code == Z_BUF_ERROR {
                throw FileError("read", path, reason: "the gzip data are cut short")
            }
            atEnd = true
        }
    }
}
