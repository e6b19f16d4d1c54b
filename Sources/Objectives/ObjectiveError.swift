/// A setting of the objective that cannot be used.
public struct ObjectiveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The setting as on the command line, without dashes.
    public let setting: String
    /// Its value, and what is wrong with it.
    public let found: String
    /// What is allowed.
    public let allowed: String

    init(_ setting: String, found: String, allowed: String) {
        self.setting = setting
        self.found = found
        self.allowed = allowed
    }

    /// The error as one line.
    public var description: String { "--\(setting) is \(found); \(allowed) is needed" }
}
