package import Foundation

/// Reads a text file line by line, plain or compressed with gzip (told by its first bytes).
///
/// Memory is bounded by the longest line.
package struct LineReader: ~Copyable {
    /// The number of the line that `next()` gave last, from 1.
    package private(set) var lineNumber = 0

    /// How many bytes of the file were read, as they lie on the disk.
    package var bytesRead: Int { source.bytesRead }

    private var source: ByteReader
    private var buffer: [UInt8]
    private var start = 0
    private var atEnd = false

    /// - Throws: `FileError` where the file cannot be opened.
    package init(_ url: URL) throws { self.init(try ByteReader(url)) }

    /// Reads standard input.
    package static func standardInput() throws -> LineReader {
        LineReader(try ByteReader.standardInput())
    }

    /// - Parameter beginning: what was read of the source already.
    package init(_ source: consuming ByteReader, beginning: [UInt8] = []) {
        self.source = source
        buffer = beginning
    }

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
            atEnd = try !source.read(into: &buffer)
        }
    }
}
