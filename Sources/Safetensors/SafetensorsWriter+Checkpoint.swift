import Files
public import Foundation
import OrderedJSON

extension SafetensorsWriter {
    /// Writes a model's tensors into a folder: `model.safetensors`, or shards and their index.
    ///
    /// One file where everything fits `maximumShardByteCount`, otherwise shards
    /// `model-00001-of-0000N.safetensors` filled in order and `model.safetensors.index.json`. A
    /// tensor larger than the limit gets a shard of its own.
    ///
    /// The folder never shows old and new tensors mixed: all new bytes are on the disk beside
    /// their places before the first old file goes, the index comes last, and an index or shards
    /// of an earlier checkpoint that the new one does not replace are removed. A stop in the
    /// middle of that leaves a folder that is told to have no checkpoint, not a wrong one.
    ///
    /// - Parameters:
    ///   - folder: must exist.
    ///   - maximumShardByteCount: bytes of tensors in a file, transformers' 50 GB by default.
    ///   - bytes: called once for each entry, in order.
    /// - Throws: as `write(to:metadata:entries:bytes:)`.
    public static func writeCheckpoint(
        to folder: URL,
        metadata: [String: String] = defaultMetadata,
        entries: [TensorEntry],
        maximumShardByteCount: Int = 50_000_000_000,
        bytes: TensorSource
    ) throws {
        guard maximumShardByteCount > 0 else {
            throw SafetensorsError(
                path: folder.path,
                .shardSizeNotPositive(maximumShardByteCount)
            )
        }
        try checkNames(entries, path: folder.path)
        let shards = split(entries, maximumByteCount: maximumShardByteCount)
        let names =
            shards.count == 1
            ? [CheckpointNames.single]
            : (1...shards.count).map { CheckpointNames.shard($0, of: shards.count) }

        var files: [AtomicFile] = []
        for (name, shard) in zip(names, shards) {
            let url = folder.appending(path: name)
            let file = try prepare(url, metadata: metadata, entries: shard, bytes: bytes)
            try file.sync()
            files.append(file)
        }
        var index: AtomicFile?
        if shards.count > 1 {
            let file = try AtomicFile(folder.appending(path: CheckpointNames.index))
            try file.write(indexText(shards: shards, names: names))
            try file.sync()
            index = file
        }

        try remove(CheckpointNames.index, in: folder)
        for file in files { try file.commit() }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where CheckpointNames.isShard(name) || name == CheckpointNames.single {
            if !names.contains(name) { try remove(name, in: folder) }
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
