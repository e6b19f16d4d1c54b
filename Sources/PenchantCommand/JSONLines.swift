import Files
import Foundation
import OrderedJSON

/// A file or standard input as one JSON object per line, standard output likewise.
enum JSONLines {
    /// Answers every line of standard input; blank lines are skipped.
    ///
    /// - Throws: `InputLineError` for a line that is not an object, and what `answer` throws.
    static func answer(_ answer: (InputLine) throws -> JSONValue) throws {
        try forEach { try Console.output(answer($0).text) }
    }

    /// Visits every line; blank lines are skipped.
    ///
    /// - Parameter file: standard input where nil.
    /// - Throws: `InputLineError` for a line that is not an object, and what the body throws.
    static func forEach(in file: URL? = nil, _ body: (InputLine) throws -> Void) throws {
        var reader = try file.map { try LineReader($0) } ?? LineReader.standardInput()
        while let bytes = try reader.next() {
            guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
            let number = reader.lineNumber
            let value: JSONValue
            do {
                value = try JSONValue(parsing: bytes)
            } catch let error as JSONError {
                throw InputLineError(
                    file: file,
                    line: number,
                    problem: "not JSON: \(error.problem) (column \(error.column))"
                )
            }
            guard let object = value.object else {
                throw InputLineError(
                    file: file,
                    line: number,
                    problem: "an object is needed, not \(value.kind)"
                )
            }
            try body(InputLine(file: file, number: number, object: object))
        }
    }
}

/// One object of a file or of standard input, with its keys' kinds checked.
struct InputLine {
    /// Standard input where nil.
    let file: URL?
    let number: Int
    let object: JSONObject

    /// A value of a kind; nil where the key is missing or null.
    func value<Value>(
        _ key: String,
        _ kind: String,
        _ convert: (JSONValue) -> Value?
    ) throws -> Value? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let converted = convert(value) else {
            throw error("\"\(key)\" is \(value.kind); \(kind) is needed")
        }
        return converted
    }

    /// A value of a kind that must be there.
    func required<Value>(
        _ key: String,
        _ kind: String,
        _ convert: (JSONValue) -> Value?
    ) throws -> Value {
        guard let value = try value(key, kind, convert) else {
            throw error("\"\(key)\" is missing; \(kind) is needed")
        }
        return value
    }

    /// An error about this line.
    func error(_ problem: String) -> InputLineError {
        InputLineError(file: file, line: number, problem: problem)
    }
}

/// A line of a file or of standard input that cannot be used.
struct InputLineError: InputError {
    /// Standard input where nil.
    let file: URL?
    let line: Int
    let problem: String

    var description: String { "\(file?.path ?? "standard input"):\(line): \(problem)" }
}
