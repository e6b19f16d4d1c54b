package import Foundation
package import Safetensors

/// The weights of a model, in whatever form its folder has them.
package enum ModelWeights {
    /// Opens the weights of a folder, or one file of PyTorch's.
    ///
    /// A folder's safetensors come first, then PyTorch's files under transformers' names, then a
    /// single `.pth` of any name.
    /// - Parameter key: where the weights lie in a file of PyTorch (see `PyTorchCheckpoint`).
    /// - Throws: `FileError`, `SafetensorsError` or `PyTorchFileError` saying what is wrong.
    package static func open(_ url: URL, key: String? = nil) throws -> any TensorCheckpoint {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
            return url.pathExtension == "safetensors"
                ? try SafetensorsCheckpoint(url) : try PyTorchCheckpoint(url, key: key)
        }
        func has(_ files: CheckpointNames) -> Bool {
            names.contains(files.single) || names.contains(files.index)
        }
        if has(.safetensors) { return try SafetensorsCheckpoint(url) }
        if has(.pyTorch) { return try PyTorchCheckpoint(url, key: key) }
        let files = names.filter { $0.hasSuffix(".pth") }.sorted()
        guard files.count <= 1 else {
            throw PyTorchFileError(path: url.path, .severalFiles(files))
        }
        guard let file = files.first else { return try SafetensorsCheckpoint(url) }
        return try PyTorchCheckpoint(url.appending(path: file), key: key)
    }
}
