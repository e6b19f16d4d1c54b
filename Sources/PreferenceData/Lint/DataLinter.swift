/// Looks for what is wrong in preference data.
///
/// Rows are read once, on all cores, and none ends it: what cannot be read is a finding. Memory is
/// bounded by a few digests a row. With a tokenizer also what depends on tokens is found.
public struct DataLinter: Sendable {
    private let inspector: RowInspector

    /// - Parameters:
    ///   - processor: the model's tokenizer and chat template, or nil for what text alone tells.
    ///   - specialTokens: texts that should not stand in content; by default well-known ones.
    ///   - settings: how rows are read, and how long sequences may be.
    /// - Throws: `DataSettingsError`.
    public init(
        processor: TextProcessor?,
        specialTokens: [String] = wellKnownSpecialTokens,
        settings: DataSettings = DataSettings()
    ) throws(DataSettingsError) {
        try settings.validate()
        inspector = RowInspector(
            processor: processor,
            specialTokens: specialTokens,
            settings: settings
        )
    }

    /// Special tokens of many models, for data that no tokenizer is given for.
    public static let wellKnownSpecialTokens = [
        "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "<|end_of_text|>",
        "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|system|>", "<|user|>",
        "<|assistant|>", "<|end|>", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<pad>",
        "[INST]", "[/INST]", "</s>", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>",
        "<｜Assistant｜>",
    ]

    /// Reads all rows and tells what was found.
    ///
    /// - Throws: `DataError` for a file without rows, `FileError` for one that cannot be read.
    public func lint(_ sources: [DataSource]) throws -> LintReport {
        var reader = try RowReader(sources)
        var tally = LintTally()
        var batch: [RawRow] = []
        while let row = try reader.next() {
            batch.append(row)
            if batch.count == [RawRow].batchSize {
                try add(batch, to: &tally)
                batch.removeAll(keepingCapacity: true)
            }
        }
        try add(batch, to: &tally)
        return tally.finish()
    }

    private func add(_ rows: [RawRow], to tally: inout LintTally) throws(DataError) {
        let results = rows.concurrentMap { row in
            Result { () throws(DataError) in try inspector.inspect(row) }
        }
        for (row, result) in zip(rows, results) { tally.add(try result.get(), at: row.source) }
    }
}
