import OrderedJSON

/// Instructions in Alpaca's words: `{instruction, input, chosen, rejected}`, also with ranked or
/// labelled answers in place of the pair.
///
/// The prompt is the text that rasbt's notebook and LLM-Dojo make of them, with the line
/// "### Response:" at its end.
enum InstructionRow: RowShape {
    static let form = "{instruction, input, chosen, rejected}"

    static func claims(_ row: JSONObject) -> Bool { row.has("instruction") && !row.has("prompt") }

    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample {
        try example(row, answers(row), asTurns: .instructionChat)
    }

    /// An instruction with its answers.
    ///
    /// - Parameter asTurns: the form that makes turns of the same row.
    static func example(
        _ row: JSONObject,
        _ answers: RowAnswers,
        asTurns: DataFormat
    ) throws(DataError.Reason) -> PreferenceExample {
        for key in ["system", "history"] {
            guard let value = row.column(key), value.string != "", value.array != [] else {
                continue
            }
            throw .wrongType(
                key: key,
                found: "\(value.kind) beside an instruction that becomes text",
                expected: "turns of a conversation: the format \(asTurns.rawValue) makes them"
            )
        }
        var example = PreferenceExample(
            prompt: .text(
                AlpacaText.prompt(
                    instruction: try row.text("instruction"),
                    input: try row.optionalText("input")
                )
            ),
            answers: try answers.texts(),
            judgement: answers.judgement
        )
        example.scores = answers.scores
        return example
    }

    /// A pair, a list, or one answer with a label.
    static func answers(_ row: JSONObject) throws(DataError.Reason) -> RowAnswers {
        if row["chosen"] != nil || row["rejected"] != nil { return try .pair(row) }
        if row["output"]?.array != nil { return try .ranked(row, "output") }
        if let key = row.first(of: RowAnswers.listKeys) { return try .ranked(row, key) }
        if row.first(of: RowAnswers.labelKeys) != nil {
            return try .labelled(row, row.has("completion") ? "completion" : "output")
        }
        throw .missingKey("chosen")
    }
}

/// The text that Alpaca's training gave to instructions.
enum AlpacaText {
    private static let beginning = """
        Below is an instruction that describes a task. Write a response that appropriately \
        completes the request.

        ### Instruction:

        """
    private static let input = "\n\n### Input:\n"
    private static let end = "\n\n### Response:\n"

    static func prompt(instruction: String, input: String?) -> String {
        beginning + instruction + (input.map { Self.input + $0 } ?? "") + end
    }

    /// The instruction and input of a text that was made by `prompt(instruction:input:)`.
    static func parts(of text: String) -> (instruction: String, input: String?)? {
        // Bytes, for a character may reach from one part into another: a carriage return that ends
        // an instruction.
        let bytes = text.utf8
        guard bytes.starts(with: beginning.utf8),
            bytes.suffix(end.utf8.count).elementsEqual(end.utf8),
            bytes.count >= beginning.utf8.count + end.utf8.count
        else { return nil }
        let middle = bytes.dropFirst(beginning.utf8.count).dropLast(end.utf8.count)
        func string(_ part: Substring.UTF8View) -> String { String(Substring(part)) }
        guard let mark = middle.firstRange(of: input.utf8) else { return (string(middle), nil) }
        return (string(middle[..<mark.lowerBound]), string(middle[mark.upperBound...]))
    }
}
