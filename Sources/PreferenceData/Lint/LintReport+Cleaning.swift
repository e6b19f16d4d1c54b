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
    /// rows' bytes stay as they are, but for line breaks within a row, which become blanks.
    ///
    /// - Parameters:
    ///   - sources: the files and folders of this report.
    ///   - destination: the new file, none of them; its name says its form, as for `RowsFile`.
    /// - Throws: `FileError`, also where the files are no longer as the report says;
    ///   `NothingLeftError` where no row would be written.
    package func writeCleanFile(of sources: [DataSource], to destination: URL) throws
        -> CleaningReport
    {
        guard removals.count < rowsRead else { throw NothingLeftError(rowsRead: rowsRead) }
        let file = try RowsFile(destination)
        var reader = try RowReader(sources)
        var report = CleaningReport()
        var rowsRead = 0
        while let row = try reader.next() {
            rowsRead += 1
            guard removals[row.index] == nil else { continue }
            try file.write(row.bytes)
            report.rowsWritten += 1
        }
        guard rowsRead == self.rowsRead else {
            throw FileError(
                "read",
                sources[0].name,
                reason: "the data changed while they were read"
            )
        }
        try file.commit()
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

extension [DataSource] {
    /// Refuses what gives its content only once, such as a pipe.
    ///
    /// - Throws: `FileError`.
    package func checkReadableTwice() throws {
        for source in self {
            var status = stat()
            // What is not there is told where it is opened.
            if let url = source.url, stat(url.path, &status) != 0 { continue }
            guard source.url != nil, [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
                throw FileError("read twice", source.name, reason: "it is no file or folder")
            }
        }
    }
}
