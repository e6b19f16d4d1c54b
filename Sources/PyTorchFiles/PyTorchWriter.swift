import Files
public import Foundation
public import Safetensors

/// Writes checkpoints that `torch.load(weights_only=True)` reads, tensor by tensor.
public enum PyTorchWriter {
    /// Writes one file.
    ///
    /// Its place holds what was there before until all bytes are on the disk.
    ///
    /// - Parameters:
    ///   - entries: the tensors, in the order in which they are written and asked for.
    ///   - bytes: called once for each entry.
    /// - Throws: `FileError` where writing fails, `PyTorchFileError` where a name stands twice or
    ///   the bytes given do not fit the entry, and what `bytes` throws.
    public static func write(
        to url: URL,
        entries: [TensorEntry],
        bytes: SafetensorsWriter.TensorSource
    ) throws {
        try checkNames(entries, path: url.path)
        try prepare(url, entries: entries, bytes: bytes).commit()
    }

    /// Writes a model's tensors into a folder: `pytorch_model.bin`, or shards and their index.
    ///
    /// - Parameters:
    ///   - folder: must exist.
    ///   - maximumShardByteCount: bytes of tensors in a file; a larger tensor gets its own.
    ///   - bytes: called once for each entry, in order.
    /// - Throws: as `write(to:entries:bytes:)`.
    public static func writeCheckpoint(
        to folder: URL,
        entries: [TensorEntry],
        maximumShardByteCount: Int,
        bytes: SafetensorsWriter.TensorSource
    ) throws {
        try checkNames(entries, path: folder.path)
        try CheckpointWriter.write(
            to: folder,
            names: .pyTorch,
            entries: entries,
            maximumShardByteCount: maximumShardByteCount
        ) { url, shard in
            try prepare(url, entries: shard, bytes: bytes)
        }
    }

    private static func checkNames(_ entries: [TensorEntry], path: String) throws {
        var names: Set<String> = []
        for entry in entries where !names.insert(entry.name).inserted {
            throw PyTorchFileError(path: path, .tensor(entry.name, .twice))
        }
    }

    /// Writes a file's whole content beside its place, to be committed.
    private static func prepare(
        _ url: URL,
        entries: [TensorEntry],
        bytes: SafetensorsWriter.TensorSource
    ) throws -> AtomicFile {
        let file = try AtomicFile(url)
        var zip = ZipWriter(file)
        let folder = url.deletingPathExtension().lastPathComponent
        try zip.add("\(folder)/data.pkl", PickleWriter.stateDictionary(entries))
        try zip.add("\(folder)/byteorder", Array("little".utf8))
        for (index, entry) in entries.enumerated() {
            try zip.begin("\(folder)/data/\(index)", count: entry.byteCount)
            var rest = entry.byteCount
            try bytes(entry) { piece in
                guard piece.count <= rest else {
                    throw wrongByteCount(entry, excess: piece.count - rest, url)
                }
                try zip.write(piece)
                rest -= piece.count
            }
            guard rest == 0 else { throw wrongByteCount(entry, excess: -rest, url) }
            try zip.end()
        }
        try zip.add("\(folder)/version", Array("3\n".utf8))
        try zip.finish()
        return file
    }

    private static func wrongByteCount(
        _ entry: TensorEntry,
        excess: Int,
        _ url: URL
    ) -> PyTorchFileError {
        let found = entry.byteCount.addingReportingOverflow(excess)
        return PyTorchFileError(
            path: url.path,
            .tensor(
                entry.name,
                .wrongByteCount(
                    expected: entry.byteCount,
                    found: found.overflow ? .max : found.partialValue
                )
            )
        )
    }
}
