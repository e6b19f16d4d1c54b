public import Foundation

/// Where preference data come from.
public enum DataSource: Sendable, Hashable {
    /// A file of rows, or a folder of such files.
    ///
    /// Of a folder those files are read whose names end in .jsonl, .json, .ndjson or one of these
    /// and .gz, in the order of the bytes of their names. Hidden files, other files and folders
    /// within it are not read.
    case path(URL)
    /// Standard input.
    case standardInput

    /// What the command line calls it: a path, or "-" for standard input.
    public init(argument: String) {
        self = argument == "-" ? .standardInput : .path(URL(fileURLWithPath: argument))
    }

    /// The path of the file or folder; nil for standard input.
    public var url: URL? {
        if case .path(let url) = self { url } else { nil }
    }

    /// What messages call it.
    public var name: String { url?.path ?? "standard input" }

    /// How the names of data files in a folder end.
    static let fileEndings = [".jsonl", ".json", ".ndjson"].flatMap { [$0, $0 + ".gz"] }

    /// What is to be opened, one after the other: itself, or a folder's data files.
    ///
    /// - Throws: `DataError` for a folder without data files.
    package func files() throws -> [DataSource] {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard let url, manager.fileExists(atPath: url.path, isDirectory: &isFolder),
            isFolder.boolValue
        else { return [self] }
        let names = try manager.contentsOfDirectory(atPath: url.path)
            .filter { name in
                var isFolder: ObjCBool = false
                let path = url.appending(path: name).path
                return !name.hasPrefix(".")
                    && manager.fileExists(atPath: path, isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let files = names.filter { name in Self.fileEndings.contains { name.hasSuffix($0) } }
        if files.isEmpty {
            throw DataError(
                source: RowSource(file: url.path, line: 0),
                reason: .emptyFolder(other: names.first)
            )
        }
        return files.map { .path(url.appending(path: $0)) }
    }
}
