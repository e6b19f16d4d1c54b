package import OrderedJSON

/// The names that a file gives to the columns that Penchant knows by others.
public struct ColumnMap: Sendable, Equatable, Codable {
    /// A column that a file calls by another name.
    public struct Column: Sendable, Equatable, Codable {
        /// Our name.
        public var name: String
        /// The file's name.
        public var fileName: String
    }

    /// The columns with other names.
    public var columns: [Column]

    /// No other names by default.
    public init(_ columns: [(name: String, fileName: String)] = []) {
        self.columns = columns.map { Column(name: $0.name, fileName: $0.fileName) }
    }

    /// A row under our names; a mapped column that the row lacks stays missing.
    package func renamed(_ row: JSONObject) -> JSONObject {
        var result = row
        for column in columns { result[column.fileName] = nil }
        for column in columns {
            if let value = row[column.fileName] { result[column.name] = value }
        }
        return result
    }
}
