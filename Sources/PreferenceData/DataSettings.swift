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
    /// (TRL's `max_length`); nil for any number.
    public var maximumLength: Int?
    /// What longer sequences lose; by default their end.
    public var truncation: Truncation
    /// Which tokens are scored; by default the answer's.
    public var scoredTokens: ScoredTokens
    /// The share of rows from whose conversations empty thinking (`<think>\n\n</think>\n\n`) is
    /// deleted after rendering, from all sides alike; 0 to 1, by default 0.
    ///
    /// As minimind does with 0.8, which though draws for each side of a pair.
    public var emptyThinkingRemoval: Double
    /// What is drawn follows from this; 42 by default.
    public var seed: UInt64
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
        maximumLength: Int? = 1024,
        truncation: Truncation = .keepStart,
        scoredTokens: ScoredTokens = .answer,
        emptyThinkingRemoval: Double = 0,
        seed: UInt64 = 42,
        onBadRow: BadRowHandling = .stop,
        appendsEndOfText: Bool = true,
        vocabularySize: Int? = nil,
        format: DataFormat? = nil,
        columns: ColumnMap = ColumnMap()
    ) {
        self.format = format
        self.columns = columns
        self.maximumLength = maximumLength
        self.truncation = truncation
        self.scoredTokens = scoredTokens
        self.emptyThinkingRemoval = emptyThinkingRemoval
        self.seed = seed
        self.onBadRow = onBadRow
        self.appendsEndOfText = appendsEndOfText
        self.vocabularySize = vocabularySize
    }

    /// Checks the ranges of all values.
    ///
    /// - Throws: `DataSettingsError`.
    public func validate() throws(DataSettingsError) {
        func require(
            _ setting: String,
            _ value: some Any,
            _ isAllowed: Bool,
            _ allowed: String
        ) throws(DataSettingsError) {
            if isAllowed { return }
            throw DataSettingsError(setting: setting, value: "\(value)", allowed: allowed)
        }
        if let maximumLength {
            try require("maximumLength", maximumLength, maximumLength >= 2, "2 or more")
        }
        try require(
            "emptyThinkingRemoval",
            emptyThinkingRemoval,
            (0...1).contains(emptyThinkingRemoval),
            "0 to 1"
        )
        if let vocabularySize {
            try require("vocabularySize", vocabularySize, vocabularySize >= 1, "1 or more")
        }
    }
}

/// A setting outside its range.
public struct DataSettingsError: InputError, Equatable {
    /// The setting's name.
    public let setting: String
    /// What was given.
    public let value: String
    /// What is allowed.
    public let allowed: String

    /// The error as one line.
    public var description: String { "\(setting) is \(value) (\(allowed) is allowed)" }
}
