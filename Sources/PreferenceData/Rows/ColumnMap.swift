package import OrderedJSON

/// The names that a file gives to the columns that Penchant knows by others.
public struct ColumnMap: Sendable, Equatable {
    /// Our name, and the file's name of the same column.
    public var columns: [(name: String, fileName: String)]

    /// No other names by default.
    public init(_ columns: [(name: String, fileName: String)] = []) { self.columns = columns }

    /// Equal where the same names are mapped alike in the same order.
    public static func == (left: ColumnMap, right: ColumnMap) -> Bool {
        left.columns.elementsEqual(right.columns, by: ==)
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
