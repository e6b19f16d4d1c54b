import Files
public import Foundation
import OrderedJSON
import PyTorchFiles
import Safetensors
import Torch

/// An adapter as PEFT saves it: adapter_config.json and adapter_model.safetensors.
public struct AdapterFolder {
    /// Where it lies.
    public let url: URL
    /// How it is built.
    public let configuration: AdapterConfiguration

    static let configurationName = "adapter_config.json"
    static let weightsName = "adapter_model.safetensors"

    /// Where a saved adapter has its weights.
    package static func weights(in folder: URL) -> URL { folder.appending(path: weightsName) }

    /// Reads the folder's adapter_config.json.
    ///
    /// - Throws: `FileError`, `JSONFileError` or `ModelError` saying what is wrong with it.
    public init(_ url: URL) throws {
        self.url = url
        configuration = try AdapterConfiguration(
            ConfigurationReader(contentsOf: url.appending(path: Self.configurationName))
        )
    }

    /// The adapter's tensors; older folders have them in PyTorch's format.
    var weights: any TensorCheckpoint {
        get throws {
            let file = url.appending(path: Self.weightsName)
            let older = url.appending(path: "adapter_model.bin")
            let isOlder =
                !FileManager.default.fileExists(atPath: file.path)
                && FileManager.default.fileExists(atPath: older.path)
            return try ModelWeights.open(isOlder ? older : file)
        }
    }

    /// Saves an adapter in a folder, float32.
    ///
    /// - Parameter folder: made where it is not there.
    public static func save(_ adapter: ModelAdapter, to folder: URL) throws {
        try ModelFolder.make(folder)
        try TensorFile.write(
            adapter.parameters.map { ($0.name, $0.master) },
            to: folder.appending(path: weightsName)
        )
        try AtomicFile.write(
            JSONValue.object(adapter.savedConfiguration).indentedText,
            to: folder.appending(path: configurationName)
        )
    }
}
