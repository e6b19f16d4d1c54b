public import Foundation

/// A model's tensors: a single file, or the shards that an index names.
///
/// A folder is read as transformers does: `model.safetensors` where it is there, otherwise
/// `model.safetensors.index.json` and its shards.
public final class SafetensorsCheckpoint: TensorCheckpoint {
    private let contents: CheckpointFiles<SafetensorsFile>

    /// Opens a checkpoint: a folder, an index (`….json`), or one safetensors file of any name.
    ///
    /// - Throws: `FileError` where a file cannot be opened, `SafetensorsError` where one is not
    ///   what it should be or the shards do not agree with the index.
    public init(_ url: URL) throws {
        contents = try CheckpointFiles(url, names: .safetensors) { try SafetensorsFile($0) }
    }

    /// The files, shards in the order of their names.
    public var files: [SafetensorsFile] { contents.files }

    /// The tensors of all files, file by file, in the order of their data.
    public var entries: [TensorEntry] { contents.entries }

    /// The entry of a tensor, or nil where there is none of this name.
    public func entry(named name: String) -> TensorEntry? { contents.entry(named: name) }

    /// A tensor's bytes in its mapped file.
    ///
    /// - Throws: `SafetensorsError` where there is no tensor of this name.
    public func tensorBytes(of name: String) throws -> TensorBytes {
        try contents.tensorBytes(of: name)
    }
}
