import Files
import Foundation

/// Makes prepared data of files.
struct DataPreparation {
    let files: [DataSource]
    let preparer: RowPreparer
    let progress: ((PreparationProgress) -> Void)?

    /// Prepares all rows into a file.
    ///
    /// Memory holds one batch of rows.
    ///
    /// - Throws: `DataError`, `FileError`.
    func write(to file: any WritableFile, key: DataKey?) throws {
        let start = ContinuousClock.now
        let stamps = files.map { $0.url.flatMap { FileStamp($0) } }
        let sizes = stamps.compactMap { $0?.byteCount }
        let byteCount = sizes.count == files.count ? sizes.reduce(0, +) : nil
        var writer = PreferenceStoreWriter(file, key: key)
        var summary = StoreSummary(files: files.map(\.name), report: DataReport())
        let numbers = Dictionary(zip(summary.files, summary.files.indices)) { first, _ in first }
        var reader = try RowReader(files)
        while true {
            var batch: [RawRow] = []
            while batch.count < [RawRow].batchSize, let row = try reader.next() {
                batch.append(row)
            }
            if batch.isEmpty { break }
            try add(batch, numbers, to: &writer, &summary)
            progress?(
                PreparationProgress(
                    rows: summary.report.rowsRead,
                    bytesRead: reader.bytesRead,
                    byteCount: byteCount,
                    seconds: (ContinuousClock.now - start) / .seconds(1)
                )
            )
        }
        if summary.report.pairsKept == 0 {
            throw DataError(
                source: RowSource(file: summary.files.joined(separator: ", "), line: 0),
                reason: .nothingLeft(
                    rowsRead: summary.report.rowsRead,
                    skipped: summary.report.skipped
                )
            )
        }
        try writer.finish(summary)
        // What is kept under a key has to be what the key was made of.
        if key != nil,
            let changed = zip(files.compactMap(\.url), stamps).first(where: { FileStamp($0) != $1 })
        {
            throw FileError("read", changed.0.path, reason: "it changed meanwhile")
        }
    }

    private func add(
        _ rows: [RawRow],
        _ files: [String: Int],
        to writer: inout PreferenceStoreWriter,
        _ summary: inout StoreSummary
    ) throws {
        let results = rows.concurrentMap { [preparer] row in
            Result { () throws(DataError.Reason) in
                let prepared = try preparer.prepare(row)
                let record = PreferenceRecord.bytes(
                    of: prepared.preference,
                    cutTokens: prepared.encoded.sequences.map {
                        $0.cutPromptTokens + $0.cutAnswerTokens
                    },
                    row: row.index,
                    file: files[row.source.file] ?? 0
                )
                return (prepared, record)
            }
        }
        for (row, result) in zip(rows, results) {
            switch result {
            case .success((let prepared, let record)):
                summary.report.keep(prepared)
                summary.add(prepared.preference)
                try writer.append(record)
            case .failure(let reason):
                guard preparer.settings.onBadRow == .skip, let kind = reason.kind else {
                    throw DataError(source: row.source, reason: reason)
                }
                summary.report.skip(kind, at: row.source)
            }
        }
    }
}
