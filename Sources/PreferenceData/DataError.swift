public import Files

/// Preference data that cannot be used, and where they are.
public struct DataError: InputError, Equatable {
    /// The row, or the file as a whole.
    public let source: RowSource
    /// What is wrong there.
    public let reason: Reason

    /// The error as one line: where, what was found, what is allowed or what to do.
    public var description: String {
        "\(source): \(reason.finding) (\(reason.advice(path: source.file)))"
    }

    /// What can be wrong with a row, or with a file.
    public enum Reason: Error, Sendable, Equatable {
        /// The line has bytes that are not UTF-8.
        case notUTF8
        /// The row is not JSON; `column` counts bytes from 1, in the row's first line or in another
        /// one of the file.
        case notJSON(problem: String, line: Int? = nil, column: Int)
        /// The row is JSON, but not an object.
        case notAnObject(found: String)
        /// A key is not there.
        case missingKey(String)
        /// No form has these keys.
        case unknownKeys([String])
        /// Demonstrations are asked for, and the keys are of none.
        case noDemonstration(keys: [String])
        /// A value is of the wrong kind.
        case wrongType(key: String, found: String, expected: String)
        /// An answer is empty, is only white space, or adds no token to the prompt.
        case emptyAnswer(key: String)
        /// There is but one answer, or all are equally good.
        case nothingToCompare(key: String, found: String)
        /// The prompt is a string, and no turn of the user in the answers' conversations says it.
        case promptNotInAnswers
        /// A form has no place for what the row says.
        case inexpressible(format: DataFormat, what: String)
        /// Both answers are the same.
        case equalAnswers
        /// Both answers are the same up to the length at which they are cut.
        case equalAfterTruncation(limit: Int)
        /// Prompt and answer are of different kinds, such as text and messages.
        case mixedKinds(key: String, found: String, prompt: String)
        /// The row is a conversation, and there is no chat template, or one that cannot be read.
        case templateMissing(problem: String?)
        /// The chat template refuses the conversation, or fails on it.
        case templateRefused(message: String)
        /// It cannot be told where in the rendered text a turn of the assistant lies.
        case turnNotFound(message: Int)
        /// There is no `{% generation %}` to score: the row is no conversation, or the template
        /// marks nothing.
        case generationMissing(found: String?)
        /// No token of an answer is scored.
        case nothingScored(key: String)
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
        /// A folder has no data file, but perhaps another one.
        case emptyFolder(other: String?)
        /// The file holds something other than JSON in UTF-8.
        case foreignFile(ForeignFile)
        /// A JSON list that cannot be split into rows; `column` counts bytes from 1.
        case brokenList(problem: String, column: Int)
        /// The first line opens an object and does not close it.
        case objectOverLines
        /// Rows have one answer and a label, and pairs are needed.
        case pairsNeeded(unpaired: Int, rows: Int)
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
    case emptyAnswer = "an answer is empty"
    case nothingToCompare = "there are no answers to compare"
    case promptNotInAnswers = "the prompt is not in the conversations"
    case inexpressible = "the form has no place for it"
    case equalAnswers = "both answers are the same"
    case equalAfterTruncation = "both answers are the same after truncation"
    case mixedKinds = "prompt and answer are of different kinds"
    case templateRefused = "the chat template refuses the conversation"
    case turnNotFound = "a turn is not found in the rendered text"
    case nothingScored = "no token is scored"
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
        case .missingKey, .unknownKeys, .noDemonstration: .missingKey
        case .wrongType: .wrongType
        case .emptyAnswer: .emptyAnswer
        case .nothingToCompare: .nothingToCompare
        case .promptNotInAnswers: .promptNotInAnswers
        case .inexpressible: .inexpressible
        case .equalAnswers: .equalAnswers
        case .equalAfterTruncation: .equalAfterTruncation
        case .mixedKinds: .mixedKinds
        case .templateRefused: .templateRefused
        case .turnNotFound: .turnNotFound
        case .nothingScored: .nothingScored
        case .promptTooLong: .promptTooLong
        case .tokenOutOfRange: .tokenOutOfRange
        case .nothingToPredictFrom: .nothingToPredictFrom
        case .tokenizerMissing, .templateMissing, .generationMissing, .noFiles, .emptyFolder,
            .foreignFile, .brokenList, .objectOverLines, .pairsNeeded, .noRows, .nothingLeft:
            nil
        }
    }

    /// What was found.
    fileprivate var finding: String {
        switch self {
        case .notUTF8: "the row is not UTF-8"
        case .notJSON(let problem, let line, let column):
            "not JSON: \(line.map { "line \($0), " } ?? "")column \(column): \(problem)"
        case .notAnObject(let found): "the row is \(found)"
        case .missingKey(let key): "there is no \"\(key)\""
        case .unknownKeys(let keys):
            keys.isEmpty
                ? "the row has no keys"
                : "the keys are no known form: " + keys.joined(separator: ", ")
        case .noDemonstration(let keys):
            keys.isEmpty
                ? "the row has no keys"
                : "the keys are not those of a demonstration: " + keys.joined(separator: ", ")
        case .wrongType(let key, let found, _):
            "\"\(key)\" is \(found)"
        case .emptyAnswer(let key): "\"\(key)\" has no answer"
        case .nothingToCompare(let key, let found): "\"\(key)\" has \(found)"
        case .promptNotInAnswers:
            "\"prompt\" is a string that no user's turn before the answers says"
        case .inexpressible(let format, let what): "\(format.rawValue) has no place for \(what)"
        case .equalAnswers: "both answers are the same"
        case .equalAfterTruncation(let limit):
            "both answers are the same when cut to \(limit) tokens"
        case .mixedKinds(let key, let found, let prompt):
            "\"\(key)\" is \(found), the prompt is \(prompt)"
        case .templateMissing(let problem):
            "the row is a conversation and there is no chat template"
                + (problem.map { ": \($0)" } ?? "")
        case .templateRefused(let message):
            "the chat template refuses the conversation: \(message)"
        case .turnNotFound(let message):
            "the assistant's message \(message) is not found in the rendered conversation"
        case .generationMissing(let found):
            found.map { "the row is \($0), which no chat template marks" }
                ?? "the chat template marks nothing with {% generation %}"
        case .nothingScored(let key): "no token of \"\(key)\" is scored"
        case .promptTooLong(let tokens, let limit):
            "the prompt is \(tokens) tokens, the limit for prompt and answer \(limit)"
        case .tokenOutOfRange(let key, let token, _): "\"\(key)\" has the token id \(token)"
        case .nothingToPredictFrom:
            "the prompt has no token and an answer only one, which nothing predicts"
        case .tokenizerMissing: "the row is text and there is no tokenizer"
        case .noFiles: "no file is given"
        case .emptyFolder(let other):
            "the folder has no data files" + (other.map { " (but \($0))" } ?? "")
        case .foreignFile(let kind): "the file is \(kind.finding)"
        case .brokenList(let problem, let column):
            "not a JSON list: column \(column): \(problem)"
        case .objectOverLines: "an object goes on over several lines"
        case .pairsNeeded(let unpaired, let rows):
            "\(unpaired) of \(rows) rows are single answers with labels, beginning here"
        case .noRows: "the file has no rows"
        case .nothingLeft(let rowsRead, let skipped):
            "none of \(rowsRead) rows is left: "
                + skipped.map(\.description).joined(separator: "; ")
        }
    }

    /// What is allowed, or what to do.
    fileprivate func advice(path: String) -> String {
        switch self {
        case .notUTF8: "convert the file to UTF-8, or skip bad rows"
        case .notJSON, .notAnObject, .noFiles, .noRows:
            "one JSON object a line, or a list of objects: \(DataFormat.accepted)"
        case .emptyFolder: "looked for: " + DataSource.fileEndings.joined(separator: ", ")
        case .brokenList, .objectOverLines:
            "one JSON object a line, or all objects in one list: [{…}, {…}]"
        case .missingKey, .unknownKeys:
            "accepted: \(DataFormat.accepted); other names of columns can be mapped to these"
        case .noDemonstration:
            "accepted: {prompt, completion}, {messages} or {conversations} that end with the "
                + "answer, {instruction, input, output} and {text}; other names of columns can be "
                + "mapped to these"
        case .wrongType(_, _, let expected): "allowed: \(expected)"
        case .emptyAnswer:
            "it needs more than white space or the prompt; complete the row, or skip bad rows"
        case .nothingToCompare:
            "two answers or more that are not equally good are needed; or skip bad rows"
        case .promptNotInAnswers: "correct it, leave it out, or skip bad rows"
        case .inexpressible: "take another form, or skip bad rows"
        case .pairsNeeded: "the objective compares answers: give pairs or rankings"
        case .equalAnswers: "a pair needs a difference; remove the row, or skip bad rows"
        case .equalAfterTruncation, .promptTooLong: "raise the maximum length, or skip bad rows"
        case .mixedKinds: "both as text, or both as messages"
        case .templateMissing: "give a chat template, or rows of text"
        case .templateRefused: "change the conversation or the template, or skip bad rows"
        case .turnNotFound:
            "score `answer`, or use a template with {% generation %} and score `generation`"
        case .generationMissing: "score `answer` or `assistant`"
        case .nothingScored:
            "score `answer`, raise the maximum length, or skip bad rows"
        case .tokenOutOfRange(_, _, let limit): "allowed: 0 to \(limit - 1)"
        case .nothingToPredictFrom: "give a prompt, or skip bad rows"
        case .tokenizerMissing: "give a tokenizer, or rows of token ids"
        case .nothingLeft: "look at the first of these rows"
        case .foreignFile(let kind): kind.advice(path: path)
        }
    }
}
