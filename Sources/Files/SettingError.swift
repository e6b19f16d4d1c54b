/// A setting with a value that cannot be used.
public struct SettingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The setting as on the command line, without dashes.
    public let name: String
    /// Its value.
    public let found: String
    /// What is allowed.
    public let allowed: String

    /// Makes an error.
    public init(_ name: String, found: String, allowed: String) {
        self.name = name
        self.found = found
        self.allowed = allowed
    }

    /// The error as one line.
    public var description: String { "--\(name) is \(found); \(allowed) is needed" }
}
