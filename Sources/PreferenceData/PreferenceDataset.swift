public import Foundation

/// Preferences, read from files and ready to train on.
public struct PreferenceDataset: Sendable {
    /// The preferences in the order of the files and their rows.
    public private(set) var preferences: [Preference] = []
    /// What was read, and what was done to it.
    public private(set) var report = DataReport()

    /// The pairs that the preferences' ranks make; labelled answers make none.
    public var pairs: [PreferencePair] { preferences.flatMap(\.pairs) }

    private init() {}

    /// Reads and encodes files and folders.
    ///
    /// See `load(_:processor:settings:)` for sources of all kinds.
    public static func load(
        _ files: [URL],
        processor: TextProcessor?,
        settings: DataSettings = DataSettings()
    ) throws -> PreferenceDataset {
        try load(files.map { .path($0) }, processor: processor, settings: settings)
    }

    /// Reads and encodes rows.
    ///
    /// What rows may be, `DataFormat` tells; keys that a form does not know are ignored, and so are
    /// blank lines. Rows are prepared on all cores; the result does not depend on how many there
    /// are.
    ///
    /// - Parameters:
    ///   - sources: files, folders and standard input, in order.
    ///   - processor: the model's tokenizer and chat template; nil where all rows are token ids.
    ///   - settings: the limits, and what happens at a bad row.
    /// - Throws: `DataError` for the first bad row, for a file without rows, and where no row is
    ///   left; `FileError` for a file that cannot be read; `DataSettingsError`.
    public static func load(
        _ sources: [DataSource],
        processor: TextProcessor?,
        settings: DataSettings = DataSettings()
    ) throws -> PreferenceDataset {
        try settings.validate()
        var dataset = PreferenceDataset()
        let preparer = RowPreparer(processor: processor, settings: settings)
        var reader = try RowReader(sources)
        var batch: [RawRow] = []
        while let row = try reader.next() {
            batch.append(row)
            if batch.count == [RawRow].batchSize {
                try dataset.add(batch, with: preparer)
                batch.removeAll(keepingCapacity: true)
            }
        }
        try dataset.add(batch, with: preparer)
        if dataset.preferences.isEmpty {
            throw DataError(
                source: RowSource(file: sources.map(\.name).joined(separator: ", "), line: 0),
                reason: .nothingLeft(
                    rowsRead: dataset.report.rowsRead,
                    skipped: dataset.report.skipped
                )
            )
        }
        return dataset
    }

    /// Checks that every row makes pairs, as objectives that compare answers need it.
    ///
    /// - Throws: `DataError` at the first answer that stands alone with a label.
    public func requirePairs() throws(DataError) {
        let unpaired = preferences.filter(\.isUnpaired)
        guard let first = unpaired.first else { return }
        throw DataError(
            source: first.source,
            reason: .pairsNeeded(unpaired: unpaired.count, rows: preferences.count)
        )
    }

    private mutating func add(_ rows: [RawRow], with preparer: RowPreparer) throws(DataError) {
        let results = rows.concurrentMap { row in
            Result { () throws(DataError.Reason) in try preparer.prepare(row) }
        }
        for (row, result) in zip(rows, results) {
            do throws(DataError.Reason) {
                let prepared = try result.get()
                report.keep(prepared)
                preferences.append(prepared.preference)
            } catch {
                guard preparer.settings.onBadRow == .skip, let kind = error.kind else {
                    throw DataError(source: row.source, reason: error)
                }
                report.skip(kind, at: row.source)
            }
        }
    }
}
