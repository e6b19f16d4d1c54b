import Files
import Foundation
import OrderedJSON
import Synchronization

/// What files a checkpoint has: written last, so that a checkpoint with one that holds is whole.
struct CheckpointManifest: Codable, Equatable {
    /// A file of a checkpoint.
    struct File: Codable, Equatable {
        /// Its path in the checkpoint.
        var path: String
        var byteCount: Int
        /// In hexadecimal.
        var sha256: String
    }

    /// By their paths.
    let files: [File]

    static let name = "manifest.json"

    /// Describes what a folder holds, apart from the manifest itself.
    init(describing folder: URL) throws {
        let prefix = folder.standardizedFileURL.path.count + 1
        let all = FileManager.default.enumerator(
            at: folder.standardizedFileURL,
            includingPropertiesForKeys: [.isRegularFileKey]
        )
        var paths: [String] = []
        for case let url as URL in all ?? .init()
        where try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
            paths.append(String(url.standardizedFileURL.path.dropFirst(prefix)))
        }
        files = try Self.describe(paths.filter { $0 != Self.name }.sorted(), in: folder)
    }

    /// Reads a checkpoint's manifest and holds its files against it.
    ///
    /// - Throws: `CheckpointProblem` saying what is wrong.
    init(checking folder: URL) throws(CheckpointProblem) {
        let url = folder.appending(path: Self.name)
        guard let data = try? Data(contentsOf: url) else {
            throw CheckpointProblem("its \(Self.name) is missing")
        }
        guard let own = try? JSONDecoder().decode(Self.self, from: data) else {
            throw CheckpointProblem("its \(Self.name) cannot be read")
        }
        let sizes = own.files.map { FileStamp(folder.appending(path: $0.path))?.byteCount }
        for (file, size) in zip(own.files, sizes) where size != file.byteCount {
            throw CheckpointProblem(
                size.map { "\(file.path) has \($0) bytes, not \(file.byteCount)" }
                    ?? "\(file.path) is missing"
            )
        }
        guard let found = try? Self.describe(own.files.map(\.path), in: folder) else {
            throw CheckpointProblem("its files cannot be read")
        }
        if let (_, file) = zip(found, own.files).first(where: { $0 != $1 }) {
            throw CheckpointProblem("\(file.path) has been changed: its SHA-256 is another")
        }
        self = own
    }

    func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(
            String(decoding: encoder.encode(self), as: UTF8.self) + "\n",
            to: folder.appending(path: Self.name)
        )
    }

    /// Hashes files, several at a time.
    private static func describe(_ paths: [String], in folder: URL) throws -> [File] {
        let results = Mutex([Int: Swift.Result<File, any Error>]())
        DispatchQueue.concurrentPerform(iterations: paths.count) { index in
            let result = Swift.Result { try describe(paths[index], in: folder) }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { results in
            try paths.indices.compactMap { try results[$0]?.get() }
        }
    }

    private static func describe(_ path: String, in folder: URL) throws -> File {
        let file = try MappedFile(folder.appending(path: path))
        var hash = SHA256()
        return withExtendedLifetime(file) {
            hash.update(file.bytes)
            return File(
                path: path,
                byteCount: file.bytes.count,
                sha256: hash.digest().hexadecimal
            )
        }
    }
}
