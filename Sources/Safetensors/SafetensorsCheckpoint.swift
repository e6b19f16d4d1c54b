public import Foundation
import OrderedJSON

/// A model's tensors: a single file, or the shards that an index names.
///
/// A folder is read as transformers does: `model.safetensors` where it is there, otherwise
/// `model.safetensors.index.json` and its shards.
public final class SafetensorsCheckpoint {
    /// The files, shards in the order of their names.
    public let files: [SafetensorsFile]
    /// The tensors of all files, file by file, in the order of their data.
    public let entries: [TensorEntry]

    private let path: String
    private let fileIndices: [String: Int]

    /// Opens a checkpoint: a folder, an index (`….json`), or one safetensors file of any name.
    ///
    /// - Throws: `FileError` where a file cannot be opened, `SafetensorsError` where one is not
    ///   what it should be or the shards do not agree with the index.
    public init(_ url: URL) throws {
        let opened = try Self.open(url)
        path = opened.path
        files = opened.files

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
        let shards = Self.shardNames(opened.weights)
        for (tensor, shard) in opened.weights {
            guard let index = fileIndices[tensor], shards[index] == shard else {
                throw SafetensorsError(path: path, tensor: tensor, .notInShard(shard: shard))
            }
        }
        self.fileIndices = fileIndices
        entries = files.flatMap(\.entries)
    }

    /// The entry of a tensor, or nil where there is none of this name.
    public func entry(named name: String) -> TensorEntry? {
        fileIndices[name].flatMap { files[$0].entry(named: name) }
    }

    /// The file that has a tensor: whoever keeps it keeps the tensor's bytes valid.
    ///
    /// - Throws: `SafetensorsError` where there is no tensor of this name.
    public func file(holding name: String) throws -> SafetensorsFile {
        guard let index = fileIndices[name] else {
            throw SafetensorsError(path: path, tensor: name, .noSuchTensor)
        }
        return files[index]
    }

    /// A tensor's bytes in its mapped file, little-endian, valid while the file or this object
    /// lives (see `SafetensorsFile.bytes(of:)`).
    ///
    /// - Throws: `SafetensorsError` where there is no tensor of this name.
    public func bytes(of name: String) throws -> UnsafeRawBufferPointer {
        try file(holding: name).bytes(of: name)
    }

    /// Lends a tensor's bytes in its mapped file, little-endian.
    ///
    /// - Throws: `SafetensorsError` where there is no tensor of this name, and what `body` throws.
    public func withBytes<Result>(
        of name: String,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try file(holding: name).withBytes(of: name, body)
    }

    /// Files with the place that names them, and what its index says, nothing for a single file.
    private struct Opened {
        let path: String
        let files: [SafetensorsFile]
        var weights: [(tensor: String, shard: String)] = []
    }

    private static func open(_ url: URL) throws -> Opened {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
        else {
            if url.pathExtension == "json" { return try openShards(index: url) }
            return Opened(path: url.path, files: [try SafetensorsFile(url)])
        }
        let single = url.appending(path: CheckpointNames.single)
        if manager.fileExists(atPath: single.path) {
            return Opened(path: single.path, files: [try SafetensorsFile(single)])
        }
        let index = url.appending(path: CheckpointNames.index)
        if manager.fileExists(atPath: index.path) { return try openShards(index: index) }
        throw SafetensorsError(path: url.path, .noCheckpoint)
    }

    private static func openShards(index: URL) throws -> Opened {
        let weights = try weightMap(index)
        let folder = index.deletingLastPathComponent()
        let files = try shardNames(weights).map { shard in
            guard isInsideFolder(shard) else {
                throw SafetensorsError(path: index.path, .shardOutsideFolder(shard: shard))
            }
            let file = folder.appending(path: shard)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw SafetensorsError(path: index.path, .shardMissing(shard: shard))
            }
            return try SafetensorsFile(file)
        }
        return Opened(path: index.path, files: files, weights: weights)
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

    private static func shardNames(_ weights: [(tensor: String, shard: String)]) -> [String] {
        Set(weights.map(\.shard)).sorted()
    }

    /// Whether a path stays in the folder as it is written; a link inside the folder may lead
    /// elsewhere, as in the cache of Hugging Face's hub.
    private static func isInsideFolder(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && !path.unicodeScalars.contains("\0")
    }
}
