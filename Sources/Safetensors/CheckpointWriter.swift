package import Files
package import Foundation
import OrderedJSON

/// Writes a model's tensors into a folder as one file, or as shards and their index.
package enum CheckpointWriter {
    /// - Parameters:
    ///   - names: those of the format's files; an earlier checkpoint under them is replaced.
    ///   - maximumShardByteCount: bytes of tensors in a file; a larger tensor gets its own.
    ///   - prepare: writes a file's whole content beside its place.
    /// - Throws: `SafetensorsError` where the limit is not positive, `FileError` where writing
    ///   fails, and what `prepare` throws.
    package static func write(
        to folder: URL,
        names: CheckpointNames,
        entries: [TensorEntry],
        maximumShardByteCount: Int,
        prepare: (URL, [TensorEntry]) throws -> AtomicFile
    ) throws {
        guard maximumShardByteCount > 0 else {
            throw SafetensorsError(
                path: folder.path,
                .shardSizeNotPositive(maximumShardByteCount)
            )
        }
        let shards = split(entries, maximumByteCount: maximumShardByteCount)
        let fileNames =
            shards.count == 1
            ? [names.single]
            : (1...shards.count).map { names.shard($0, of: shards.count) }

        var files: [AtomicFile] = []
        for (name, shard) in zip(fileNames, shards) {
            let file = try prepare(folder.appending(path: name), shard)
            try file.sync()
            files.append(file)
        }
        var index: AtomicFile?
        if shards.count > 1 {
            let file = try AtomicFile(folder.appending(path: names.index))
            try file.write(indexText(shards: shards, names: fileNames))
            try file.sync()
            index = file
        }

        try remove(names.index, in: folder)
        for file in files { try file.commit() }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where names.isShard(name) || name == names.single {
            if !fileNames.contains(name) { try remove(name, in: folder) }
        }
        try index?.commit()
    }

    /// Cuts the tensors into runs of at most so many bytes; at least one run, none empty but it.
    static func split(_ entries: [TensorEntry], maximumByteCount: Int) -> [[TensorEntry]] {
        var shards: [[TensorEntry]] = [[]]
        var room = maximumByteCount
        for entry in entries {
            if entry.byteCount > room, shards.last?.isEmpty == false {
                shards.append([])
                room = maximumByteCount
            }
            shards[shards.count - 1].append(entry)
            room -= min(room, entry.byteCount)
        }
        return shards
    }

    private static func indexText(shards: [[TensorEntry]], names: [String]) throws -> String {
        var total = 0
        var weights: [(key: String, value: JSONValue)] = []
        for (name, shard) in zip(names, shards) {
            for entry in shard {
                let (sum, overflow) = total.addingReportingOverflow(entry.byteCount)
                guard !overflow else {
                    throw SafetensorsError(tensor: entry.name, .shapeTooLarge(entry.shape))
                }
                total = sum
                weights.append((entry.name, .string(name)))
            }
        }
        let index: JSONValue = [
            "metadata": ["total_size": .integer(total)],
            "weight_map": .object(JSONObject(weights)),
        ]
        return index.indentedText
    }

    private static func remove(_ name: String, in folder: URL) throws {
        let path = folder.appending(path: name).path
        guard unlink(path) == 0 || errno == ENOENT else {
            throw FileError.system("remove", path)
        }
    }
}
