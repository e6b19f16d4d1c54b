package import OrderedJSON

/// Reads what rows say.
package struct ExampleReader: Sendable {
    private let format: DataFormat?
    private let columns: ColumnMap

    /// - Parameters:
    ///   - format: the form of all rows; nil for the first in `DataFormat` that claims a row.
    ///   - columns: the file's names of columns.
    package init(format: DataFormat? = nil, columns: ColumnMap = ColumnMap()) {
        self.format = format
        self.columns = columns
    }

    /// What a row says.
    package func example(_ row: RawRow) throws(DataError.Reason) -> PreferenceExample {
        try example(row.object())
    }

    /// What an object says.
    package func example(_ object: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        let object = columns.renamed(object)
        let all = format.map { [$0] } ?? DataFormat.allCases
        guard let format = format ?? all.first(where: { $0.shape.claims(object) }) else {
            throw .missingKey(object["chosen"] == nil ? "chosen" : "rejected")
        }
        return try format.shape.read(object)
    }
}
