package import Tokenizers

/// Shows rows as the model sees them.
package struct RowPreviewer: Sendable {
    private let preparer: RowPreparer
    private let tokenizer: Tokenizer

    /// - Parameters:
    ///   - processor: the tokenizer and chat template that rows are prepared with.
    ///   - tokenizer: reads the tokens.
    package init(processor: TextProcessor, tokenizer: Tokenizer, settings: DataSettings) {
        preparer = RowPreparer(processor: processor, settings: settings)
        self.tokenizer = tokenizer
    }

    /// A row, prepared as for training.
    ///
    /// - Throws: `DataError` where it cannot be used.
    package func preview(_ row: RawRow) throws -> RowPreview {
        do {
            return try preview(preparer.reader.example(row), of: row)
        } catch {
            throw DataError(source: row.source, reason: error)
        }
    }

    /// What a row says, prepared as for training.
    ///
    /// - Throws: why it cannot be used.
    package func preview(
        _ example: PreferenceExample,
        of row: RawRow
    ) throws(DataError.Reason) -> RowPreview {
        RowPreview(try preparer.prepare(example, of: row), tokenizer)
    }
}
