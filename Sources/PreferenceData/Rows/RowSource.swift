/// Where a row was read.
public struct RowSource: Sendable, Equatable, Hashable, Codable, CustomStringConvertible {
    /// The file's path, as it was given.
    public let file: String
    /// The line in the file, from 1; 0 stands for the file as a whole.
    public let line: Int

    /// - Parameters:
    ///   - file: the file's path.
    ///   - line: the line in the file, from 1; 0 stands for the file as a whole.
    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    /// The place as `file:line`.
    public var description: String { line > 0 ? "\(file):\(line)" : file }
}
