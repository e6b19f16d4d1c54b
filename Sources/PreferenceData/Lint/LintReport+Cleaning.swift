import Files
package import Foundation

/// What was left out of a clean file, and what is still in it.
package struct CleaningReport: Sendable, CustomStringConvertible {
    /// Rows of the clean file.
    package var rowsWritten = 0
    /// How many rows were left out, by the first reason of each.
    package var removed: [(kind: LintKind, count: Int)] = []
    /// How many of its rows have what cannot be mended by leaving out copies and bad rows.
    package var remaining: [(kind: LintKind, count: Int)] = []

    /// A few lines for a person, without a newline at the end.
    package var description: String {
        let lost = removed.reduce(0) { $0 + $1.count }
        return
            (["\(rowsWritten.counted("row")) written, \(lost.grouped) left out"]
            + removed.map { "  \($0.count.grouped) × \($0.kind.title)" }
            + remaining.map { "left as they are: \($0.count.grouped) × \($0.kind.title)" })
            .joined(separator: "\n")
    }
}

extension LintReport {
    /// Writes the rows without those that are errors, copies or answers to different prompts.
    ///
    /// Of copies the first is kept; of contradictions none, for nothing tells which one holds. The
    /// rows' bytes stay as they are, each on a line; line breaks within a row become blanks.
    ///
    /// - Parameters:
    ///   - files: the files of this report.
    ///   - destination: the new file, none of `files`; compressed where it ends in `.gz`.
    /// - Throws: `FileError`, also where the files are no longer as the report says;
    ///   `NothingLeftError` where no row would be written.
    package func writeCleanFile(of files: [URL], to destination: URL) throws -> CleaningReport {
        guard removals.count < rowsRead else { throw NothingLeftError(rowsRead: rowsRead) }
        let writer = try LineWriter(destination)
        var reader = try RowReader(files)
        var report = CleaningReport()
        var rowsRead = 0
        while let row = try reader.next() {
            rowsRead += 1
            guard removals[row.index] == nil else { continue }
            try writer.write(row.line)
            report.rowsWritten += 1
        }
        guard rowsRead == self.rowsRead else {
            throw FileError("read", files[0].path, reason: "the data changed while they were read")
        }
        try writer.commit()
        let counts = removals.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        for kind in findings.map(\.kind) {
            if let count = counts[kind] { report.removed.append((kind, count)) }
            if let count = remaining[kind] { report.remaining.append((kind, count)) }
        }
        return report
    }
}

/// A clean file that would have no row.
package struct NothingLeftError: InputError, Equatable {
    let rowsRead: Int

    /// The error as one line.
    package var description: String {
        "none of \(rowsRead.counted("row")) would be left, so no clean file is written"
    }
}

extension RawRow {
    /// The row on one line: line breaks, which JSON has between its parts only, become blanks.
    var line: [UInt8] { bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } }
}

extension [URL] {
    /// Refuses what gives its content only once, such as a pipe.
    ///
    /// - Throws: `FileError`.
    package func checkReadableTwice() throws {
        for url in self {
            var status = stat()
            // What is not there is told where it is opened.
            guard stat(url.path, &status) == 0 else { continue }
            guard [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
                throw FileError("read twice", url.path, reason: "it is no regular file")
            }
        }
    }
}
