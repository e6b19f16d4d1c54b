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
        do throws(DataError.Reason) {
            let row = columns.renamed(object)
            if let format { return try read(row, as: format) }
            return try read(row, as: Self.format(of: row))
        } catch {
            throw columns.renamed(error)
        }
    }

    /// The forms that a row seems to have by its keys.
    package static func claimants(of row: JSONObject) -> [DataFormat] {
        DataFormat.allCases.filter { $0.shape.claims(row) }
    }

    /// The form of a row: the first that claims it.
    package static func format(of row: JSONObject) throws(DataError.Reason) -> DataFormat {
        if let format = claimants(of: row).first { return format }
        // What a row lacks to be of a form.
        let needs: KeyValuePairs = [
            "chosen": "rejected", "rejected": "chosen", "completion": "label",
            "completions": "prompt", "conversations": "chosen", "messages": "chosen",
        ]
        if let (_, key) = needs.first(where: { row.has($0.key) && !row.has($0.value) }) {
            throw .missingKey(key)
        }
        throw .unknownKeys(row.members.map(\.key))
    }

    /// Reads the columns of a form, and those that all forms have.
    private func read(
        _ row: JSONObject,
        as format: DataFormat
    ) throws(DataError.Reason) -> PreferenceExample {
        var example = try format.shape.read(row)
        if example.tools == nil { example.tools = try row.tools() }
        if let variables = row.column("chat_template_kwargs") {
            guard let object = variables.object else {
                throw .wrongType(
                    key: "chat_template_kwargs",
                    found: variables.kind,
                    expected: "an object"
                )
            }
            example.templateVariables = object
        }
        if let weight = try row.number("weight") {
            guard weight > 0 else {
                throw .wrongType(key: "weight", found: "\(weight)", expected: "a number above 0")
            }
            example.weight = weight
        }
        example.margin = try row.number("margin") ?? 0
        return example
    }
}
