import Foundation
import OrderedJSON
import TestSupport
import Testing

/// A folder with a model and data, in which a test runs the command.
final class Workplace {
    private let folder: TemporaryFolder

    var url: URL { folder.url }
    var model: URL { folder.url.appending(path: "tiny", directoryHint: .isDirectory) }
    var run: URL { folder.url.appending(path: "run", directoryHint: .isDirectory) }
    var trained: URL { run.appending(path: "model", directoryHint: .isDirectory) }
    var weights: URL { trained.appending(path: "model.safetensors") }

    init(_ tiny: TinyModel = TinyModel()) throws {
        folder = try TemporaryFolder()
        try tiny.write(to: model)
    }

    /// Writes a file of rows.
    func data(_ rows: [String] = Rows.text, name: String = "data.jsonl") throws -> URL {
        try folder.write(name, rows.map { $0 + "\n" }.joined())
    }

    func write(_ name: String, _ bytes: [UInt8]) throws -> URL {
        try folder.write(name, Data(bytes))
    }

    /// Trains for a few steps with a learning rate that shows.
    func train(_ data: [URL], _ more: String..., output: URL? = nil) async throws -> CommandResult {
        try await train(data, more, output: output)
    }

    func train(_ data: [URL], _ more: [String], output: URL? = nil) async throws -> CommandResult {
        let arguments =
            ["dpo", "--model", model.path, "--output", (output ?? run).path]
            + data.flatMap { ["--data", $0.path] }
            + ["--max-length", "64", "--learning-rate", "0.01", "--epochs", "1"]
        return try await CommandRunner.run(arguments + more)
    }

    func score(_ data: [URL], _ more: String..., model: URL? = nil) async throws -> CommandResult {
        let arguments =
            ["score", "--model", (model ?? self.model).path]
            + data.flatMap { ["--data", $0.path] }
        return try await CommandRunner.run(arguments + more)
    }

    /// The lines of a file of JSON lines.
    static func lines(of file: URL) throws -> [JSONObject] {
        try Data(contentsOf: file).split(separator: 0x0A).map { line in
            try #require(JSONValue(parsing: Array(line)).object)
        }
    }

    /// The lines of the run's metrics.
    func metrics(in run: URL? = nil) throws -> [JSONObject] {
        try Self.lines(of: (run ?? self.run).appending(path: "metrics.jsonl"))
    }

    /// Names of files that the run left, without those that a person does not see.
    var runFiles: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: run.path).sorted() }
    }

    var runExists: Bool { FileManager.default.fileExists(atPath: run.path) }
}

/// Rows of preference data.
enum Rows {
    /// Ten prompts to which yes is preferred.
    static let text = (0..<10).map { number in
        let object: JSONValue = [
            "prompt": .string("Is \(number) a number?"), "chosen": .string(" yes, the \(number)"),
            "rejected": .string(number.isMultiple(of: 2) ? " no" : " no, nothing"),
        ]
        return object.text
    }

    /// Rows whose answers begin with the prompt, as in HH.
    static let implicit = (0..<4).map { number in
        let prompt = "\n\nHuman: Is \(number) a number?\n\nAssistant:"
        let object: JSONValue = [
            "chosen": .string(prompt + " yes"), "rejected": .string(prompt + " no, never"),
        ]
        return object.text
    }

    /// Rows of token ids.
    static let tokens = (0..<4).map { number in
        let object: JSONValue = [
            "prompt_ids": [70, 71, .integer(72 + number)], "chosen_ids": [80, 81],
            "rejected_ids": [80, 90, 91],
        ]
        return object.text
    }
}
