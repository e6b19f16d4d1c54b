public import Files

/// How preference data are read.
///
/// Its coding is part of what prepared data are kept under, so every setting has to be in it.
public struct DataSettings: Sendable, Equatable, Codable {
    /// What happens at a row that cannot be used.
    public enum BadRowHandling: String, Sendable, CaseIterable, Codable {
        /// Reading ends with the row's place and what is wrong with it.
        case stop
        /// The row is left out, and the report counts it.
        case skip
    }

    /// The most tokens of a sequence, prompt and answer together; at least 2, by default 1,024
    /// (TRL's `max_length`).
    ///
    /// What is longer loses its end, the token that ends the answer with it; it is not put back.
    public var maximumLength: Int
    /// What happens at a row that cannot be used; by default reading stops.
    public var onBadRow: BadRowHandling
    /// Whether the text that ends an answer is appended to answers that lack it.
    ///
    /// By default yes, as in TRL. Rows of token ids are taken as they are.
    public var appendsEndOfText: Bool
    /// How many token ids the model knows, at least 1: other ids make a bad row.
    ///
    /// Where it is nil, the default, ids in rows of token ids must be known to the tokenizer,
    /// where there is one.
    public var vocabularySize: Int?

    /// The form of all rows; by default each row's is told by its keys.
    public var format: DataFormat?
    /// The file's names of columns.
    public var columns: ColumnMap

    /// Settings with the defaults of TRL, apart from stopping at bad rows.
    public init(
        maximumLength: Int = 1024,
        onBadRow: BadRowHandling = .stop,
        appendsEndOfText: Bool = true,
        vocabularySize: Int? = nil,
        format: DataFormat? = nil,
        columns: ColumnMap = ColumnMap()
    ) {
        self.format = format
        self.columns = columns
        self.maximumLength = maximumLength
        self.onBadRow = onBadRow
        self.appendsEndOfText = appendsEndOfText
        self.vocabularySize = vocabularySize
    }

    /// Checks the ranges of all values.
    ///
    /// - Throws: `DataSettingsError`.
    public func validate() throws(DataSettingsError) {
        if maximumLength < 2 {
            throw DataSettingsError(setting: "maximumLength", value: maximumLength, minimum: 2)
        }
        if let vocabularySize, vocabularySize < 1 {
            throw DataSettingsError(setting: "vocabularySize", value: vocabularySize, minimum: 1)
        }
    }
}

/// A setting outside its range.
public struct DataSettingsError: InputError, Equatable {
    /// The setting's name.
    public let setting: String
    /// What was given.
    public let value: Int
    /// The smallest value that is allowed.
    public let minimum: Int

    /// The error as one line.
    public var description: String { "\(setting) is \(value) (\(minimum) or more is allowed)" }
}
