package import OrderedJSON

/// Reads rows of any form and writes them in another.
package struct DataConversion: Sendable {
    /// What was read, and what was done to it.
    package struct Report: Sendable, Equatable {
        package fileprivate(set) var rowsRead = 0
        package fileprivate(set) var rowsWritten = 0
        /// How many rows that were read are changed in which way.
        package fileprivate(set) var changes: [ConversionChange: Int] = [:]
        /// Rows left out, by reason.
        package fileprivate(set) var skipped: [SkippedRows] = []

        package init() {}
    }

    private let reader: ExampleReader
    private let writer: ExampleWriter
    private let onBadRow: DataSettings.BadRowHandling

    package init(
        reader: ExampleReader,
        writer: ExampleWriter,
        onBadRow: DataSettings.BadRowHandling = .stop
    ) {
        self.reader = reader
        self.writer = writer
        self.onBadRow = onBadRow
    }

    /// Converts all rows, in order.
    ///
    /// - Parameter write: takes a row.
    /// - Throws: `DataError` for the first bad row, where no row is left, and as `RowReader` does;
    ///   what `write` throws.
    package func run(
        _ sources: [DataSource],
        write: (JSONObject) throws -> Void
    ) throws -> Report {
        var report = Report()
        var rows = try RowReader(sources)
        var isAtEnd = false
        while !isAtEnd {
            var batch: [RawRow] = []
            while batch.count < [RawRow].batchSize, !isAtEnd {
                if let row = try rows.next() { batch.append(row) } else { isAtEnd = true }
            }
            try convert(batch, &report, write)
        }
        if report.rowsWritten == 0 {
            throw DataError(
                source: RowSource(file: sources.map(\.name).joined(separator: ", "), line: 0),
                reason: .nothingLeft(rowsRead: report.rowsRead, skipped: report.skipped)
            )
        }
        return report
    }

    private func convert(
        _ batch: [RawRow],
        _ report: inout Report,
        _ write: (JSONObject) throws -> Void
    ) throws {
        let results = batch.concurrentMap { row in
            Result { () throws(DataError.Reason) in try writer.rows(reader.example(row)) }
        }
        for (row, result) in zip(batch, results) {
            report.rowsRead += 1
            switch result {
            case .success(let (rows, changes)):
                for row in rows { try write(row) }
                report.rowsWritten += rows.count
                for change in changes { report.changes[change, default: 0] += 1 }
            case .failure(let reason):
                guard onBadRow == .skip, let kind = reason.kind else {
                    throw DataError(source: row.source, reason: reason)
                }
                report.skipped.count(kind, at: row.source)
            }
        }
    }
}

extension DataConversion.Report: CustomStringConvertible {
    /// A few lines for a person, without a newline at the end.
    package var description: String {
        var lines = ["\(rowsRead.counted("row")) read, \(rowsWritten.grouped) written"]
        if !skipped.isEmpty {
            lines.append("skipped \(skipped.reduce(0) { $0 + $1.count }.grouped):")
            lines += skipped.map { "  \($0)" }
        }
        lines += ConversionChange.allCases.compactMap { change in
            changes[change].map { "\(change.rawValue): \($0.counted("row"))" }
        }
        return lines.joined(separator: "\n")
    }
}
