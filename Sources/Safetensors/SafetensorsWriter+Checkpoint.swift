public import Foundation

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
        try checkNames(entries, path: folder.path)
        try CheckpointWriter.write(
            to: folder,
            names: .safetensors,
            entries: entries,
            maximumShardByteCount: maximumShardByteCount
        ) { url, shard in
            try prepare(url, metadata: metadata, entries: shard, bytes: bytes)
        }
    }
}
