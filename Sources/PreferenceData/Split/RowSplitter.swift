import Files
package import Foundation

/// Divides the rows of files into two, so that no prompt is on both sides.
package struct RowSplitter: Sendable {
    /// How many rows are held out.
    package enum Share: Sendable, Equatable {
        /// A part of all rows, between 0 and 1.
        case fraction(Double)
        /// So many.
        case count(Int)
    }

    /// What was divided.
    package struct Report: Sendable {
        /// Rows in the file for training.
        package var trainingRows: Int
        /// Rows in the file for evaluation.
        package var evaluationRows: Int
        /// Prompts of the file for training.
        package var trainingPrompts: Int
        /// Prompts of the file for evaluation.
        package var evaluationPrompts: Int
        /// Rows that are in neither.
        package var skipped: [SkippedRows]
    }

    private let reader: ExampleReader
    private let settings: DataSettings

    /// - Parameter settings: how rows are read, and what happens at a bad one.
    package init(settings: DataSettings = DataSettings()) {
        reader = ExampleReader(format: settings.format, columns: settings.columns)
        self.settings = settings
    }

    /// Reads files twice and writes two, with the rows' bytes and order as they are.
    ///
    /// - Parameters:
    ///   - sources: files and folders, in order.
    ///   - share: how many rows go to `evaluation`, as near as whole prompts allow.
    ///   - seed: any number; see `PromptSplit`.
    ///   - training: the file for the rest; its name says its form, as for `RowsFile`.
    ///   - evaluation: the file for what is held out.
    /// - Throws: `DataError`, `FileError`, `PromptSplitError`.
    package func split(
        _ sources: [DataSource],
        holdingOut share: Share,
        seed: UInt64,
        training: URL,
        evaluation: URL
    ) throws -> Report {
        var counts = DataReport()
        let prompts = try prompts(of: sources, &counts)
        let known = prompts.compactMap { $0 }
        let split = try PromptSplit(
            prompts: known,
            holdingOut: share.count(of: known.count),
            seed: seed
        )
        let outputs = (training: try RowsFile(training), evaluation: try RowsFile(evaluation))
        var rows = try RowReader(sources)
        while let row = try rows.next() {
            guard row.index < prompts.count else { throw changed(sources) }
            guard let prompt = prompts[row.index] else { continue }
            let output = split.holdsOut(prompt) ? outputs.evaluation : outputs.training
            try output.write(row.bytes)
        }
        try outputs.training.sync()
        try outputs.evaluation.commit()
        try outputs.training.commit()
        return Report(
            trainingRows: known.count - split.heldOutRows,
            evaluationRows: split.heldOutRows,
            trainingPrompts: split.promptCount - split.heldOutPrompts,
            evaluationPrompts: split.heldOutPrompts,
            skipped: counts.skipped
        )
    }

    /// Which rows would be held out, by their numbers among all that are read.
    ///
    /// - Parameters: as for `split`.
    /// - Throws: `DataError`, `FileError`, `PromptSplitError`.
    func heldOut(of sources: [DataSource], _ share: Share, seed: UInt64) throws -> [Bool] {
        var counts = DataReport()
        let prompts = try prompts(of: sources, &counts)
        let known = prompts.compactMap(\.self)
        let split = try PromptSplit(
            prompts: known,
            holdingOut: share.count(of: known.count),
            seed: seed
        )
        return prompts.map { $0.map(split.holdsOut) ?? false }
    }

    /// The prompt of each row; nil for one that is skipped.
    private func prompts(of sources: [DataSource], _ counts: inout DataReport) throws
        -> [ContentDigest?]
    {
        var prompts: [ContentDigest?] = []
        var rows = try RowReader(sources)
        var batch: [RawRow] = []
        var isAtEnd = false
        while !isAtEnd {
            if let row = try rows.next() { batch.append(row) } else { isAtEnd = true }
            guard isAtEnd || batch.count == [RawRow].batchSize else { continue }
            let results = batch.concurrentMap { row in
                Result { () throws(DataError.Reason) in
                    PromptKey.digest(of: try reader.example(row))
                }
            }
            for (row, result) in zip(batch, results) {
                do throws(DataError.Reason) {
                    prompts.append(try result.get())
                } catch {
                    guard settings.onBadRow == .skip, let kind = error.kind else {
                        throw DataError(source: row.source, reason: error)
                    }
                    counts.skip(kind, at: row.source)
                    prompts.append(nil)
                }
            }
            batch.removeAll(keepingCapacity: true)
        }
        return prompts
    }

    private func changed(_ sources: [DataSource]) -> FileError {
        FileError("read", sources[0].name, reason: "the data changed while they were read")
    }
}

extension RowSplitter.Share {
    /// The number of rows that is wanted of so many: a fraction takes at least one and leaves one.
    fileprivate func count(of rows: Int) -> Int {
        switch self {
        case .fraction(let fraction):
            max(1, min(rows - 1, Int((fraction * Double(rows)).rounded())))
        case .count(let count): count
        }
    }
}
