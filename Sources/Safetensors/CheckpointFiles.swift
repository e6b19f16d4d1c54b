package import Foundation
import OrderedJSON

/// One file of a checkpoint.
package protocol CheckpointFile: TensorCheckpoint {
    var url: URL { get }
}

/// The files of a checkpoint, a single one or the shards that an index names.
///
/// The shards must hold what the index says.
package struct CheckpointFiles<File: CheckpointFile> {
    /// Shards are in the order of their names.
    package let files: [File]
    package let entries: [TensorEntry]

    private let path: String
    private let fileIndices: [String: Int]

    /// Opens a checkpoint: a folder, an index (`….json`), or one file of any name.
    ///
    /// - Parameters:
    ///   - names: those of the files in a folder.
    ///   - open: opens one file.
    /// - Throws: `SafetensorsError` where the shards do not agree with the index; what `open`
    ///   throws.
    package init(_ url: URL, names: CheckpointNames, open: (URL) throws -> File) throws {
        let place = try Self.place(url, names: names)
        path = place.path
        let weights = place.pathExtension == "json" ? try Self.weightMap(place) : nil
        let shards = Set(weights?.map(\.shard) ?? []).sorted()
        files =
            weights == nil
            ? [try open(place)]
            : try shards.map { try open(Self.file(of: $0, index: place)) }

        var fileIndices: [String: Int] = [:]
        for (index, file) in files.enumerated() {
            for entry in file.entries {
                if let other = fileIndices.updateValue(index, forKey: entry.name) {
                    throw SafetensorsError(
                        path: path,
                        tensor: entry.name,
                        .inTwoShards(
                            first: files[other].url.lastPathComponent,
                            second: file.url.lastPathComponent
                        )
                    )
                }
            }
        }
        for (tensor, shard) in weights ?? [] {
            guard let index = fileIndices[tensor], shards[index] == shard else {
                throw SafetensorsError(path: path, tensor: tensor, .notInShard(shard: shard))
            }
        }
        self.fileIndices = fileIndices
        entries = files.flatMap(\.entries)
    }

    package func entry(named name: String) -> TensorEntry? {
        fileIndices[name].flatMap { files[$0].entry(named: name) }
    }

    /// - Throws: `SafetensorsError` where there is no tensor of this name.
    package func tensorBytes(of name: String) throws -> TensorBytes {
        guard let index = fileIndices[name] else {
            throw SafetensorsError(path: path, tensor: name, .noSuchTensor)
        }
        return try files[index].tensorBytes(of: name)
    }

    /// The one file or the index.
    private static func place(_ url: URL, names: CheckpointNames) throws -> URL {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
        else { return url }
        for name in [names.single, names.index] {
            let file = url.appending(path: name)
            if manager.fileExists(atPath: file.path) { return file }
        }
        throw SafetensorsError(path: url.path, .noCheckpoint)
    }

    private static func weightMap(_ index: URL) throws -> [(tensor: String, shard: String)] {
        let value: JSONValue
        do {
            value = try JSONValue(contentsOf: index, uniqueKeys: true)
        } catch let error as JSONFileError {
            throw SafetensorsError(path: index.path, .indexNotJSON(error.error.description))
        }
        guard let members = value["weight_map"]?.object?.members else {
            throw SafetensorsError(path: index.path, .indexWithoutWeightMap)
        }
        return try members.map { tensor, shard in
            guard let shard = shard.string else {
                throw SafetensorsError(path: index.path, tensor: tensor, .indexWithoutWeightMap)
            }
            return (tensor, shard)
        }
    }

    private static func file(of shard: String, index: URL) throws -> URL {
        guard isInsideFolder(shard) else {
            throw SafetensorsError(path: index.path, .shardOutsideFolder(shard: shard))
        }
        let file = index.deletingLastPathComponent().appending(path: shard)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw SafetensorsError(path: index.path, .shardMissing(shard: shard))
        }
        return file
    }

    /// Whether a path stays in the folder as it is written; a link inside the folder may lead
    /// elsewhere, as in the cache of Hugging Face's hub.
    private static func isInsideFolder(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && !path.unicodeScalars.contains("\0")
    }
}
