import OrderedJSON

/// Rows whose texts are token ids already: `{prompt_ids, chosen_ids, rejected_ids}`.
///
/// The prompt's ids lie before those of each answer; nothing is added. These are the columns that
/// TRL makes of its data, and it also takes them before texts that lie beside them.
enum TokenRow: RowShape {
    static let form = "{prompt_ids, chosen_ids, rejected_ids}"

    private static let keys = ["prompt_ids", "chosen_ids", "rejected_ids"]

    static func claims(_ row: JSONObject) -> Bool {
        let present = keys.filter(row.has)
        return present.count == keys.count || (!present.isEmpty && !row.isPair)
    }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        var example = PreferenceExample(
            prompt: .tokens(try tokens(row, "prompt_ids")),
            chosen: .tokens(try tokens(row, "chosen_ids")),
            rejected: .tokens(try tokens(row, "rejected_ids"))
        )
        example.scores = try RowAnswers.pairScores(row)
        return example
    }

    private static func tokens(
        _ row: JSONObject,
        _ key: String
    ) throws(DataError.Reason) -> [Int32] {
        guard let value = row[key] else { throw .missingKey(key) }
        guard let elements = value.array else {
            throw .wrongType(key: key, found: value.kind, expected: "a list of token ids")
        }
        var tokens: [Int32] = []
        tokens.reserveCapacity(elements.count)
        for element in elements {
            guard case .integer(let number) = element else {
                let kind = element.double == nil ? element.kind : "a fraction"
                throw .wrongType(
                    key: key,
                    found: "a list with \(kind) in it",
                    expected: "a list of token ids"
                )
            }
            guard let token = Int32(exactly: number), token >= 0 else {
                throw .tokenOutOfRange(key: key, token: number, limit: Int(Int32.max) + 1)
            }
            tokens.append(token)
        }
        return tokens
    }
}
