public import Files

/// Preference data that cannot be used, and where they are.
public struct DataError: InputError, Equatable {
    /// The row, or the file as a whole.
    public let source: RowSource
    /// What is wrong there.
    public let reason: Reason

    /// The error as one line: where, what was found, what is allowed or what to do.
    public var description: String { "\(source): \(reason.finding) (\(reason.advice))" }

    /// What can be wrong with a row, or with a file.
    public enum Reason: Error, Sendable, Equatable {
        /// The line has bytes that are not UTF-8.
        case notUTF8
        /// The line is not JSON; `column` counts bytes from 1.
        case notJSON(problem: String, column: Int)
        /// The line is JSON, but not an object.
        case notAnObject(found: String)
        /// A key is not there.
        case missingKey(String)
        /// A value is of the wrong kind.
        case wrongType(key: String, found: String, expected: String)
        /// The row has a shape that other programs accept, but this one does not.
        case unsupportedShape(key: String, found: String)
        /// An answer is empty, is only white space, or adds no token to the prompt.
        case emptyAnswer(key: String)
        /// Both answers are the same.
        case equalAnswers
        /// Both answers are the same up to the length at which they are cut.
        case equalAfterTruncation(limit: Int)
        /// The prompt takes all the tokens that a sequence may have.
        case promptTooLong(tokens: Int, limit: Int)
        /// A token id is negative, or not below `limit`.
        case tokenOutOfRange(key: String, token: Int, limit: Int)
        /// The prompt has no token and an answer only one: nothing comes before it to predict it.
        case nothingToPredictFrom
        /// The row is text, and there is no tokenizer.
        case tokenizerMissing
        /// There is no file to read.
        case noFiles
        /// The file has no rows.
        case noRows
        /// All rows were skipped.
        case nothingLeft(rowsRead: Int, skipped: [SkippedRows])
    }
}

/// The kinds of bad rows, as reports count them.
public enum BadRowKind: String, Sendable, CaseIterable, Codable {
    case notUTF8 = "not UTF-8"
    case notJSON = "not JSON"
    case notAnObject = "not a JSON object"
    case missingKey = "a key is missing"
    case wrongType = "a value is of the wrong kind"
    case unsupportedShape = "a shape that is not accepted"
    case emptyAnswer = "an answer is empty"
    case equalAnswers = "both answers are the same"
    case equalAfterTruncation = "both answers are the same after truncation"
    case promptTooLong = "the prompt is as long as the limit"
    case tokenOutOfRange = "a token id is out of range"
    case nothingToPredictFrom = "nothing comes before a one-token answer"
}

extension DataError.Reason {
    /// What a report counts this as, or nil for what cannot be skipped.
    public var kind: BadRowKind? {
        switch self {
        case .notUTF8: .notUTF8
        case .notJSON: .notJSON
        case .notAnObject: .notAnObject
        case .missingKey: .missingKey
        case .wrongType: .wrongType
        case .unsupportedShape: .unsupportedShape
        case .emptyAnswer: .emptyAnswer
        case .equalAnswers: .equalAnswers
        case .equalAfterTruncation: .equalAfterTruncation
        case .promptTooLong: .promptTooLong
        case .tokenOutOfRange: .tokenOutOfRange
        case .nothingToPredictFrom: .nothingToPredictFrom
        case .tokenizerMissing, .noFiles, .noRows, .nothingLeft: nil
        }
    }

    /// What was found.
    fileprivate var finding: String {
        switch self {
        case .notUTF8: "the line is not UTF-8"
        case .notJSON(let problem, let column): "not JSON: column \(column): \(problem)"
        case .notAnObject(let found): "the line is \(found)"
        case .missingKey(let key): "there is no \"\(key)\""
        case .wrongType(let key, let found, _), .unsupportedShape(let key, let found):
            "\"\(key)\" is \(found)"
        case .emptyAnswer(let key): "\"\(key)\" has no answer"
        case .equalAnswers: "both answers are the same"
        case .equalAfterTruncation(let limit):
            "both answers are the same in their first \(limit) tokens"
        case .promptTooLong(let tokens, let limit):
            "the prompt is \(tokens) tokens, the limit for prompt and answer \(limit)"
        case .tokenOutOfRange(let key, let token, _): "\"\(key)\" has the token id \(token)"
        case .nothingToPredictFrom:
            "the prompt has no token and an answer only one, which nothing predicts"
        case .tokenizerMissing: "the row is text and there is no tokenizer"
        case .noFiles: "no file is given"
        case .noRows: "the file has no rows"
        case .nothingLeft(let rowsRead, let skipped):
            "none of \(rowsRead) rows is left: "
                + skipped.map(\.description).joined(separator: "; ")
        }
    }

    /// What is allowed, or what to do.
    fileprivate var advice: String {
        switch self {
        case .notUTF8: "convert the file to UTF-8, or skip bad rows"
        case .notJSON, .notAnObject, .noFiles, .noRows:
            "one JSON object a line: \(DataFormat.accepted)"
        case .missingKey, .unsupportedShape: "accepted: \(DataFormat.accepted)"
        case .wrongType(_, _, let expected): "allowed: \(expected)"
        case .emptyAnswer:
            "it needs more than white space or the prompt; complete the row, or skip bad rows"
        case .equalAnswers: "a pair needs a difference; remove the row, or skip bad rows"
        case .equalAfterTruncation, .promptTooLong: "raise the maximum length, or skip bad rows"
        case .tokenOutOfRange(_, _, let limit): "allowed: 0 to \(limit - 1)"
        case .nothingToPredictFrom: "give a prompt, or skip bad rows"
        case .tokenizerMissing: "give a tokenizer, or rows of token ids"
        case .nothingLeft: "look at the first of these rows"
        }
    }
}
