import OrderedJSON

/// One of the forms that rows come in.
///
/// A further form is a further type, and a line in `RowShapes.all`.
protocol RowShape: SendableMetatype {
    /// The form in words, for messages.
    static var form: String { get }

    /// Whether a row is meant to have this form, by its keys and the kinds of their values.
    static func claims(_ row: JSONObject) -> Bool

    /// What the row says; where it is not as this form has to be, what is wrong.
    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample
}

/// All forms that rows may have.
enum RowShapes {
    /// The first that claims a row reads it.
    static let all: [any RowShape.Type] = [TokenRow.self, TextRow.self]

    /// The accepted forms in words, for messages.
    static let accepted = all.map { $0.form }.joined(separator: "; ")

    /// What a line of a file says.
    static func read(line: [UInt8]) throws(DataError.Reason) -> PreferenceExample {
        let row = try object(line: line)
        guard let shape = all.first(where: { $0.claims(row) }) else {
            throw .missingKey(row["chosen"] == nil ? "chosen" : "rejected")
        }
        return try shape.read(row)
    }

    private static func object(line: [UInt8]) throws(DataError.Reason) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) {
            value = try line.withUnsafeBytes { bytes in
                Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
            }.get()
        } catch {
            // The parser tells of bad UTF-8 in strings only, and in words.
            if String(validating: line, as: UTF8.self) == nil { throw .notUTF8 }
            throw .notJSON(problem: error.problem, column: error.column)
        }
        guard let object = value.object else { throw .notAnObject(found: value.kind) }
        return object
    }
}
