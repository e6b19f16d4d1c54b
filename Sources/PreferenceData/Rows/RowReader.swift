import Files
package import Foundation

/// Reads the rows of files, one after the other.
package struct RowReader: ~Copyable {
    private var files: ArraySlice<URL>
    private var reader: LineReader?
    private var file = ""
    private var fileIsEmpty = true
    private var count = 0
    private var bytesOfFilesRead = 0

    /// How many bytes of the files were read, as they lie on the disk.
    package var bytesRead: Int {
        mutating get { bytesOfFilesRead + (reader?.bytesRead ?? 0) }
    }

    /// - Parameter files: the files, in order.
    /// - Throws: `DataError` where there is none.
    package init(_ files: [URL]) throws {
        if files.isEmpty {
            throw DataError(source: RowSource(file: "data", line: 0), reason: .noFiles)
        }
        self.files = files[...]
    }

    /// The next row that is not blank, or nil behind the last.
    ///
    /// - Throws: `DataError` for a file without rows; `FileError` for one that cannot be read.
    package mutating func next() throws -> RawRow? {
        while true {
            if let row = try nextInFile() { return row }
            if reader != nil, fileIsEmpty {
                throw DataError(source: RowSource(file: file, line: 0), reason: .noRows)
            }
            guard let url = files.popFirst() else { return nil }
            bytesOfFilesRead = bytesRead
            reader = try LineReader(url)
            file = url.path
            fileIsEmpty = true
        }
    }

    /// What editors on Windows write before UTF-8.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private mutating func nextInFile() throws -> RawRow? {
        while var bytes = try reader?.next() {
            let line = reader?.lineNumber ?? 0
            if line == 1, bytes.starts(with: Self.byteOrderMark) {
                bytes.removeFirst(Self.byteOrderMark.count)
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            fileIsEmpty = false
            defer { count += 1 }
            return RawRow(bytes: bytes, source: RowSource(file: file, line: line), index: count)
        }
        return nil
    }
}
