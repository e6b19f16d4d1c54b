package import OrderedJSON

/// A row of a file, not yet read.
package struct RawRow: Sendable {
    /// Its bytes: a JSON object, where all is well.
    package var bytes: [UInt8]
    /// Where it stands.
    package var source: RowSource
    /// Its number among all rows of all files, from 0.
    package var index: Int
    /// The byte in its line at which it begins, from 1.
    package var column = 1

    /// - Throws: `notUTF8`, `notJSON`, `notAnObject`.
    package func object() throws(DataError.Reason) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) {
            value = try bytes.withUnsafeBytes { bytes in
                Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
            }.get()
        } catch {
            // The parser tells of bad UTF-8 in strings only, and in words.
            if String(validating: bytes, as: UTF8.self) == nil { throw .notUTF8 }
            // The parser counts from the row's own beginning.
            let isFirstLine = error.line == 1
            throw .notJSON(
                problem: error.problem,
                line: isFirstLine ? nil : source.line + error.line - 1,
                column: error.column + (isFirstLine ? column - 1 : 0)
            )
        }
        guard let object = value.object else { throw .notAnObject(found: value.kind) }
        return object
    }
}
