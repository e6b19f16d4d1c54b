import OrderedJSON

/// Rows of text: `{prompt, chosen, rejected}`, or `{chosen, rejected}` that both begin with the
/// prompt.
enum TextRow: RowShape {
    static let form = "{prompt, chosen, rejected} or {chosen, rejected} as strings"

    static func claims(_ row: JSONObject) -> Bool {
        row["chosen"] != nil && row["rejected"] != nil
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        let chosen = try text(row, "chosen")
        let rejected = try text(row, "rejected")
        if row["prompt"] != nil {
            let prompt = try text(row, "prompt")
            return PreferenceExample(
                prompt: .text(prompt),
                chosen: .text(chosen),
                rejected: .text(rejected)
            )
        }
        // Told here, for the extraction would leave something else of it.
        if chosen.utf8.elementsEqual(rejected.utf8), !chosen.isBlank { throw .equalAnswers }
        return PromptExtraction.example(chosen: chosen, rejected: rejected)
    }

    private static func text(
        _ row: JSONObject,
        _ key: String
    ) throws(DataError.Reason) -> String {
        guard let value = row[key] else { throw .missingKey(key) }
        if let text = value.string { return text }
        // A list of messages: TRL's conversational rows.
        if value.array != nil { throw .unsupportedShape(key: key, found: value.kind) }
        throw .wrongType(key: key, found: value.kind, expected: "a string")
    }
}

extension String {
    /// Whether there is nothing but white space.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
