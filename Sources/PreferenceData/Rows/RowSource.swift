/// Where a row was read.
public struct RowSource: Sendable, Equatable, Hashable, Codable, CustomStringConvertible {
    /// The file's path, as it was given.
    public let file: String
    /// The line in the file, from 1, on which the row begins; 0 stands for the file as a whole.
    public let line: Int
    /// Of a JSON list the element, from 0 as in Python and jq; nil for a line of its own.
    public let element: Int?

    /// - Parameters:
    ///   - file: the file's path.
    ///   - line: the line in the file, from 1; 0 stands for the file as a whole.
    ///   - element: the element of a JSON list, from 0; nil for a line of its own.
    public init(file: String, line: Int, element: Int? = nil) {
        self.file = file
        self.line = line
        self.element = element
    }

    /// The place as `file:line`, or `file[element]`.
    public var description: String { line > 0 ? file + placeInFile : file }

    /// The place without the file: `:line` or `[element]`.
    var placeInFile: String { element.map { "[\($0)]" } ?? ":\(line)" }
}
