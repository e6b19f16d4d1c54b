public import Foundation

/// A folder of its own for one test, removed with this object.
public final class TemporaryFolder: Sendable {
    /// Where it lies.
    public let url: URL

    /// Makes an empty folder.
    public init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "penchant-test-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file and returns its place.
    public func write(_ name: String, _ bytes: Data) throws -> URL {
        let file = url.appending(path: name)
        try bytes.write(to: file)
        return file
    }

    /// Writes a text file and returns its place.
    public func write(_ name: String, _ text: String) throws -> URL {
        try write(name, Data(text.utf8))
    }
}
