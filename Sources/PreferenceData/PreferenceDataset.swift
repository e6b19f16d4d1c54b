import Dispatch
import Files
public import Foundation
import Synchronization

/// Pairs of answers, read from files and ready to train on.
public struct PreferenceDataset: Sendable {
    /// The pairs in the order of the files and their lines.
    public var pairs: [PreferencePair]
    /// What was read, and what was done to it.
    public var report: DataReport

    /// Reads files of JSON lines, plain or compressed with gzip, and encodes them.
    ///
    /// A row is `{"prompt", "chosen", "rejected"}` with strings, `{"chosen", "rejected"}` with
    /// strings that both begin with the prompt, or `{"prompt_ids", "chosen_ids", "rejected_ids"}`
    /// with token ids. Other keys are ignored, and so are blank lines. Rows are prepared on all
    /// cores; the result does not depend on how many there are.
    ///
    /// - Parameters:
    ///   - files: the files, in order.
    ///   - encoder: the model's tokenizer; nil where all rows are token ids.
    ///   - settings: the limits, and what happens at a bad row.
    /// - Throws: `DataError` for the first bad row, for a file without rows, and where no row is
    ///   left; `FileError` for a file that cannot be read; `DataSettingsError`.
    public static func load(
        _ files: [URL],
        encoder: (any TextEncoder)?,
        settings: DataSettings = DataSettings()
    ) throws -> PreferenceDataset {
        try settings.validate()
        if files.isEmpty {
            throw DataError(source: RowSource(file: "data", line: 0), reason: .noFiles)
        }
        var dataset = PreferenceDataset(pairs: [], report: DataReport())
        let preparer = RowPreparer(encoder: encoder, settings: settings)
        for file in files {
            try dataset.read(file, with: preparer)
        }
        if dataset.pairs.isEmpty {
            throw DataError(
                source: RowSource(file: files.map(\.path).joined(separator: ", "), line: 0),
                reason: .nothingLeft(
                    rowsRead: dataset.report.rowsRead,
                    skipped: dataset.report.skipped
                )
            )
        }
        return dataset
    }

    /// How many lines are prepared at a time: enough to keep some cores busy, few enough that a
    /// bad row at the beginning of a large file is told at once.
    private static let batchSize = 1024

    private mutating func read(_ file: URL, with preparer: RowPreparer) throws {
        var reader = try LineReader(file)
        var batch: [Line] = []
        var isEmpty = true
        while var bytes = try reader.next() {
            if reader.lineNumber == 1, bytes.starts(with: Self.byteOrderMark) {
                bytes.removeFirst(Self.byteOrderMark.count)
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            isEmpty = false
            batch.append(
                Line(
                    bytes: bytes,
                    source: RowSource(file: file.path, line: reader.lineNumber)
                )
            )
            if batch.count == Self.batchSize {
                try add(batch, with: preparer)
                batch.removeAll(keepingCapacity: true)
            }
        }
        try add(batch, with: preparer)
        if isEmpty {
            throw DataError(source: RowSource(file: file.path, line: 0), reason: .noRows)
        }
    }

    /// What editors on Windows write before UTF-8.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private mutating func add(_ lines: [Line], with preparer: RowPreparer) throws(DataError) {
        for (line, result) in zip(lines, Self.prepare(lines, with: preparer)) {
            do throws(DataError.Reason) {
                let row = try result.get()
                report.keep(row)
                pairs.append(row.pair)
            } catch {
                guard preparer.settings.onBadRow == .skip, let kind = error.kind else {
                    throw DataError(source: line.source, reason: error)
                }
                report.skip(kind, at: line.source)
            }
        }
    }

    /// Prepares lines on all cores.
    private static func prepare(
        _ lines: [Line],
        with preparer: RowPreparer
    ) -> [Result<PreparedRow, DataError.Reason>] {
        let chunkSize = 32
        let chunks = (lines.count + chunkSize - 1) / chunkSize
        let finished = Mutex<[Int: [Result<PreparedRow, DataError.Reason>]]>([:])
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
            let start = chunk * chunkSize
            let results = lines[start..<min(start + chunkSize, lines.count)].map { line in
                Result { () throws(DataError.Reason) in
                    try preparer.prepare(line: line.bytes, from: line.source)
                }
            }
            finished.withLock { $0[chunk] = results }
        }
        return finished.withLock { results in (0..<chunks).flatMap { results[$0] ?? [] } }
    }
}

/// A line of a file that is not blank.
private struct Line: Sendable {
    var bytes: [UInt8]
    var source: RowSource
}
