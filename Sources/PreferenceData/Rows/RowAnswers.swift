import OrderedJSON

/// The answers of a row as they stand there, and what is known of how good they are.
struct RowAnswers {
    /// Where in the row each stands, and what stands there.
    var values: [(key: String, value: JSONValue)]
    var judgement: Judgement
    var scores: [Double]?

    /// Whether all are strings.
    var areText: Bool { values.allSatisfy { $0.value.string != nil } }

    /// The answers as text.
    func texts() throws(DataError.Reason) -> [Passage] {
        var texts: [Passage] = []
        for (key, value) in values {
            guard let text = value.string else {
                throw .wrongType(key: key, found: value.kind, expected: "a string")
            }
            texts.append(.text(text))
        }
        return texts
    }

    /// The answers as turns: a string is one of the assistant, an object is one turn, a list many.
    func turns() throws(DataError.Reason) -> [[ChatMessage]] {
        var turns: [[ChatMessage]] = []
        for (key, value) in values {
            if let text = value.string {
                turns.append(
                    text.isBlank ? [] : [ChatMessage(role: "assistant", content: text)]
                )
            } else if value.object != nil {
                turns.append([try ChatMessage(row: value, key: key)])
            } else {
                turns.append(try ChatMessage.list(row: value, key: key))
            }
            if turns.last == [] { throw .emptyAnswer(key: key) }
        }
        return turns
    }

    /// `chosen` and `rejected`, and what they scored.
    static func pair(_ row: JSONObject) throws(DataError.Reason) -> RowAnswers {
        var answers = RowAnswers(values: [], judgement: .pair)
        for key in ["chosen", "rejected"] {
            let value = try row.required(key)
            if value.string == nil, value.array == nil, value.object == nil {
                throw .wrongType(key: key, found: value.kind, expected: "a string")
            }
            answers.values.append((key, value))
        }
        answers.scores = try pairScores(row)
        return answers
    }

    /// What the answers of a pair scored, where the row says it of both.
    static func pairScores(_ row: JSONObject) throws(DataError.Reason) -> [Double]? {
        guard let chosen = try row.number("score_chosen"),
            let rejected = try row.number("score_rejected")
        else { return nil }
        return [chosen, rejected]
    }

    static let labelKeys = ["label", "kto_tag"]

    /// One answer, and whether it is wanted.
    static func labelled(
        _ row: JSONObject,
        _ completion: String
    ) throws(DataError.Reason) -> RowAnswers {
        let key = row.first(of: labelKeys) ?? labelKeys[0]
        let value = try row.required(key)
        let label: Bool
        switch value {
        case .bool(let isWanted): label = isWanted
        case .integer(1): label = true
        case .integer(0): label = false
        case .string(let text) where text.lowercased() == "true": label = true
        case .string(let text) where text.lowercased() == "false": label = false
        default:
            throw .wrongType(key: key, found: value.kind, expected: "true, false, 1 or 0")
        }
        return RowAnswers(
            values: [(completion, try row.required(completion))],
            judgement: .labelled(label)
        )
    }
}
