package import Foundation
import PyTorchFiles
import Safetensors
package import Torch

/// Named tensors in a safetensors file or a model's folder, as they are and back into place.
package enum TensorFile {
    /// Tensors under their names; what is read is copied into them.
    package typealias Tensors = [(name: String, tensor: Tensor)]

    /// Writes tensors, each in its own dtype, whole or not at all.
    package static func write(_ tensors: Tensors, to url: URL) throws {
        let byName = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        let entries = try tensors.map { name, tensor in
            try TensorEntry(name: name, element: tensor.dtype.element, shape: tensor.shape)
        }
        try SafetensorsWriter.write(to: url, entries: entries) { entry, write in
            try byName[entry.name]?.detached().to(on: .cpu).contiguous().withBytes(write)
            byName[entry.name]?.releasePages()
        }
    }

    /// Copies what a file, or a folder of weights, has under the tensors' names into them.
    ///
    /// - Throws: `ModelError` where one is missing, or of another shape or dtype; other errors of
    ///   files that cannot be read.
    package static func read(_ url: URL, into tensors: Tensors) throws {
        let file = try ModelWeights.open(url)
        let missing = tensors.map(\.name).filter { file.entry(named: $0) == nil }
        guard missing.isEmpty else { throw ModelError(path: url.path, .missing(missing)) }
        try withoutGradients {
            for (name, tensor) in tensors {
                guard let entry = file.entry(named: name), entry.shape == tensor.shape,
                    DType(entry.element) == tensor.dtype
                else {
                    throw ModelError(
                        path: url.path,
                        .wrongShape(
                            name: name,
                            found: file.entry(named: name)?.shape ?? [],
                            expected: tensor.shape
                        )
                    )
                }
                try file.withBytes(of: name) { bytes in
                    try tensor.copyInPlace(
                        .copying(bytes, shape: tensor.shape, tensor.dtype, on: tensor.device)
                    )
                    tensor.releasePages()
                }
            }
        }
    }
}
