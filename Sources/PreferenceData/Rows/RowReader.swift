import Files

/// Reads the rows of files, one after the other: JSON lines, or one JSON list of objects.
///
/// Of a list, as of lines, only one row is in memory at a time.
package struct RowReader: ~Copyable {
    private var files: ArraySlice<DataSource>
    private var file = ""
    private var lines: LineReader?
    private var list: ListReader?
    private var fileIsEmpty = true
    private var count = 0
    private var bytesOfFilesRead = 0

    /// How many bytes of the files were read, as they lie on the disk.
    package var bytesRead: Int {
        mutating get { bytesOfFilesRead + (lines?.bytesRead ?? list?.bytesRead ?? 0) }
    }

    /// - Parameter sources: files, folders and standard input, in order.
    /// - Throws: `DataError` where there is none, and for a folder without data files.
    package init(_ sources: [DataSource]) throws {
        if sources.isEmpty {
            throw DataError(source: RowSource(file: "data", line: 0), reason: .noFiles)
        }
        files = try sources.flatMap { try $0.files() }[...]
    }

    /// The next row that is not blank, or nil behind the last.
    ///
    /// - Throws: `DataError` for a file without rows, one that is no JSON and a list that cannot be
    ///   split; `FileError` for one that cannot be read.
    package mutating func next() throws -> RawRow? {
        while true {
            if var row = try nextInFile() {
                row.index = count
                count += 1
                fileIsEmpty = false
                return row
            }
            if lines != nil || list != nil, fileIsEmpty { throw error(.noRows) }
            guard let file = files.popFirst() else { return nil }
            bytesOfFilesRead = bytesRead
            try open(file)
        }
    }

    /// What editors on Windows write before UTF-8.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Opens a file and finds out what it holds.
    private mutating func open(_ source: DataSource) throws {
        file = source.name
        fileIsEmpty = true
        lines = nil
        list = nil
        var bytes = try source.url.map { try ByteReader($0) } ?? ByteReader.standardInput()
        var beginning: [UInt8] = []
        var hasMore = true
        while hasMore, beginning.count < 8 { hasMore = try bytes.read(into: &beginning) }
        if let kind = ForeignFile(beginning: beginning, name: file) {
            throw error(.foreignFile(kind))
        }
        if beginning.starts(with: Self.byteOrderMark) {
            beginning.removeFirst(Self.byteOrderMark.count)
        }
        var searched = 0
        while hasMore, beginning[searched...].allSatisfy(\.isBlank) {
            searched = beginning.count
            hasMore = try bytes.read(into: &beginning)
        }
        if beginning.first(where: { !$0.isBlank }) == UInt8(ascii: "[") {
            list = ListReader(bytes, beginning: beginning)
        } else {
            lines = LineReader(bytes, beginning: beginning)
        }
    }

    private mutating func nextInFile() throws -> RawRow? {
        do {
            if let element = try list?.next() {
                return RawRow(
                    bytes: element.bytes,
                    source: RowSource(file: file, line: element.line, element: element.index),
                    index: count,
                    column: element.column
                )
            }
        } catch let failure as ListReader.Failure {
            throw error(
                .brokenList(problem: failure.problem, column: failure.column),
                line: failure.line
            )
        }
        while let bytes = try lines?.next() {
            let line = lines?.lineNumber ?? 0
            guard let first = bytes.firstIndex(where: { !$0.isBlank }) else { continue }
            if fileIsEmpty, bytes[first] == UInt8(ascii: "{"),
                bytes[(first + 1)...].allSatisfy(\.isBlank)
            {
                throw error(.objectOverLines, line: line)
            }
            return RawRow(bytes: bytes, source: RowSource(file: file, line: line), index: count)
        }
        return nil
    }

    private func error(_ reason: DataError.Reason, line: Int = 0) -> DataError {
        DataError(source: RowSource(file: file, line: line), reason: reason)
    }
}

extension UInt8 {
    /// Whether the byte is white space of JSON.
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
