public import Files
public import Foundation
import OrderedJSON

/// A run's numbers on disk: one JSON object per line (`metrics.jsonl`), first its `step`.
///
/// A line is handed to the system in one piece as soon as it is known, so a run that is killed
/// keeps every line it wrote. Numbers that are not finite are the strings `"NaN"`, `"Infinity"`
/// and `"-Infinity"`: JSON has no word for them, and a run that diverges must show it.
public final class MetricsLog {
    /// The file's place.
    public let url: URL
    private let descriptor: Int32

    /// Begins a log, or goes on with one.
    ///
    /// - Parameters:
    ///   - url: the file; its folder must exist.
    ///   - step: the step that training resumes after. Lines of later steps go, for they will be
    ///     written again, and so does a last line that was cut short. Without it the file begins
    ///     anew.
    /// - Throws: `FileError` where the file cannot be read or written, `MetricsLogError` where a
    ///   line that is to be kept is not of a log.
    public init(_ url: URL, resumingAfter step: Int? = nil) throws {
        self.url = url
        let kept = try step.map { try Self.lines(of: url, through: $0) } ?? ""
        try AtomicFile.write(kept, to: url)
        descriptor = open(url.path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.system("open", url.path) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes one line.
    ///
    /// - Parameters:
    ///   - step: optimizer steps done.
    ///   - values: in the order in which they are written. Names should differ from each other and
    ///     from `step`.
    /// - Throws: `FileError` where it cannot be written, as when the disk is full.
    public func append(step: Int, _ values: [(name: String, value: MetricValue)]) throws {
        let line = Array((Self.line(step: step, values) + "\n").utf8)
        let isWritten = line.withUnsafeBytes { FileError.writeAll($0, to: descriptor) }
        guard isWritten else { throw FileError.system("write", url.path) }
    }

    /// Waits until all lines are on the disk.
    ///
    /// - Throws: `FileError` where they cannot be brought there.
    public func sync() throws {
        guard fsync(descriptor) == 0 else { throw FileError.system("sync", url.path) }
    }

    /// The numbers of a step as a line of JSON.
    public static func line(
        step: Int,
        _ values: [(name: String, value: MetricValue)]
    ) -> String {
        var object = JSONObject([("step", .integer(step))])
        object.members += values.map { (key: $0.name, value: $0.value.json) }
        return JSONValue.object(object).text
    }

    /// The lines of a log up to a step; none where there is no log.
    private static func lines(of url: URL, through step: Int) throws -> String {
        guard FileManager.default.fileExists(atPath: url.path) else { return "" }
        var reader = try LineReader(url)
        var kept = ""
        // A line that is none is an error only where one follows that is to be kept: what was not yet
        // synced when the power went may be torn.
        var damage: MetricsLogError?
        while let line = try reader.next() {
            guard case .integer(let lineStep)? = try? JSONValue(parsing: line)["step"] else {
                damage = damage ?? MetricsLogError(path: url.path, line: reader.lineNumber)
                continue
            }
            guard lineStep <= step else { continue }
            if let damage { throw damage }
            kept += String(decoding: line, as: UTF8.self) + "\n"
        }
        return kept
    }
}

/// A line of a metrics log that is not an object with a step.
public struct MetricsLogError: InputError, Equatable {
    /// The log's path.
    public let path: String
    /// The line's number, from 1.
    public let line: Int

    /// The error as one line.
    public var description: String {
        "\(path), line \(line): a JSON object with an integer \"step\" is expected here"
    }
}
