/// An error whose cause is a file or a setting from outside the program.
///
/// Its description is one line for a person: where, what was found, what is allowed, what to do.
/// The command prints it and exits with 65 (`EX_DATAERR`).
public protocol InputError: Error, CustomStringConvertible, Sendable {}

/// A file that could not be opened, read or written.
public struct FileError: InputError, Equatable {
    /// What was being done, such as "open" or "write".
    public let operation: String
    /// The file's path.
    public let path: String
    /// The system's word on it: "No such file or directory".
    public let reason: String

    package init(_ operation: String, _ path: String, reason: String) {
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    /// The error as one line.
    public var description: String { "\(path): cannot \(operation): \(reason)" }
}
