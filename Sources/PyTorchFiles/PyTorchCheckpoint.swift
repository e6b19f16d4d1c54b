public import Foundation
public import Safetensors

/// A model's tensors in PyTorch's own form: a single file, or the shards that an index names.
///
/// A folder is read as transformers does: `pytorch_model.bin` where it is there, otherwise
/// `pytorch_model.bin.index.json` and its shards.
public final class PyTorchCheckpoint: TensorCheckpoint {
    private let contents: CheckpointFiles<PyTorchFile>

    /// Tensors that are another one's very numbers, as tied weights are, with its name.
    public let tied: [String: String]

    /// Opens a checkpoint: a folder, an index (`….json`), or one file of any name.
    ///
    /// - Parameter key: where the weights lie in the top dictionary of a file. Without it they are
    ///   the tensors right in that, or in the one dictionary under a usual key such as `model`.
    /// - Throws: `FileError` where a file cannot be opened, `PyTorchFileError` where one is not
    ///   what it should be, `SafetensorsError` where the shards do not agree with the index.
    public init(_ url: URL, key: String? = nil) throws {
        contents = try CheckpointFiles(url, names: .pyTorch) { try PyTorchFile($0, key: key) }
        tied = contents.files.reduce(into: [:]) { $0.merge($1.tied) { first, _ in first } }
    }

    /// The tensors of all files, file by file.
    public var entries: [TensorEntry] { contents.entries }

    /// The entry of a tensor, or nil where there is none of this name.
    public func entry(named name: String) -> TensorEntry? { contents.entry(named: name) }

    /// A tensor's bytes, gathered where they do not lie in row-major order.
    ///
    /// - Throws: an `InputError` where there is no tensor of this name.
    public func tensorBytes(of name: String) throws -> TensorBytes {
        try contents.tensorBytes(of: name)
    }
}
