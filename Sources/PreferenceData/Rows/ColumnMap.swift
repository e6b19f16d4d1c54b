package import OrderedJSON

/// The names that a file gives to the columns that Penchant knows by others.
public struct ColumnMap: Sendable, Equatable, Codable {
    /// The columns that Penchant knows.
    public static let names = [
        "prompt", "chosen", "rejected", "prompt_ids", "chosen_ids", "rejected_ids", "instruction",
        "input", "output", "history", "system", "conversations", "messages", "chosen_messages",
        "rejected_messages", "context", "completions", "responses", "answers", "pairs", "ranks",
        "scores", "ratings", "completion", "label", "kto_tag", "text", "score_chosen",
        "score_rejected",
        "tools", "chat_template_kwargs", "weight", "margin",
    ]

    /// A column that a file calls by another name.
    public struct Column: Sendable, Equatable, Codable {
        /// Our name.
        public var name: String
        /// The file's name.
        public var fileName: String

        /// A column under two names.
        public init(name: String, fileName: String) {
            self.name = name
            self.fileName = fileName
        }
    }

    /// The columns with other names.
    public var columns: [Column]

    /// No other names by default.
    public init(_ columns: [(name: String, fileName: String)] = []) {
        self.columns = columns.map { Column(name: $0.name, fileName: $0.fileName) }
    }

    /// A row under our names; a mapped column that the row lacks is missing, whatever the row has
    /// under our name.
    package func renamed(_ row: JSONObject) -> JSONObject {
        var result = row
        for column in columns {
            result[column.fileName] = nil
            result[column.name] = nil
        }
        for column in columns {
            if let value = row[column.fileName] { result[column.name] = value }
        }
        return result
    }

    /// An error that names a column as the file does.
    func renamed(_ error: DataError.Reason) -> DataError.Reason {
        func fileName(_ key: String) -> String {
            // A key may go on into the column's value: "chosen[0].role".
            let name = key.prefix { $0 != "." && $0 != "[" }
            let column = columns.first { $0.name == name }
            return (column?.fileName ?? String(name)) + key.dropFirst(name.count)
        }
        switch error {
        case .missingKey(let key): return .missingKey(fileName(key))
        case .wrongType(let key, let found, let expected):
            return .wrongType(key: fileName(key), found: found, expected: expected)
        case .nothingToCompare(let key, let found):
            return .nothingToCompare(key: fileName(key), found: found)
        case .emptyAnswer(let key): return .emptyAnswer(key: fileName(key))
        default: return error
        }
    }
}
