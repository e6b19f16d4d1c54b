import Files
package import Foundation
public import Safetensors

/// One checkpoint of PyTorch (`.pth`, `.pt`, `.bin`), mapped into memory and checked when opened.
///
/// Nothing in it is ever executed: its pickle is read for tensors in dictionaries, and anything
/// else in it is an error.
public final class PyTorchFile: CheckpointFile {
    /// The file's place.
    package let url: URL
    /// The tensors in the order of the dictionary.
    public let entries: [TensorEntry]
    /// Tensors that are another one's very numbers, with the name of the first of these.
    let tied: [String: String]

    private let file: MappedFile
    private let tensors: [String: StoredTensor]

    /// Opens and checks a file; its tensors' numbers are not read yet.
    ///
    /// - Parameter key: where the weights lie in the top dictionary; found where it is nil.
    /// - Throws: `FileError` where it cannot be opened, `PyTorchFileError` where it is not what it
    ///   should be.
    package init(_ url: URL, key: String?) throws {
        self.url = url
        file = try MappedFile(url)
        let contents: PyTorchContents
        do throws(PyTorchFileError.Kind) {
            contents = try PyTorchContents(file.bytes, key: key)
        } catch {
            throw PyTorchFileError(path: url.path, error)
        }
        entries = contents.tensors.map(\.entry)
        tied = contents.tied
        tensors = Dictionary(uniqueKeysWithValues: contents.tensors.map { ($0.entry.name, $0) })
    }

    /// The entry of a tensor, or nil where there is none of this name.
    public func entry(named name: String) -> TensorEntry? { tensors[name]?.entry }

    /// A tensor's bytes, gathered where they do not lie in row-major order.
    ///
    /// - Throws: `PyTorchFileError` where there is no tensor of this name.
    public func tensorBytes(of name: String) throws -> TensorBytes {
        guard let tensor = tensors[name] else {
            throw PyTorchFileError(path: url.path, .tensor(name, .missing))
        }
        return tensor.bytes(in: file.bytes, owner: file)
    }
}
