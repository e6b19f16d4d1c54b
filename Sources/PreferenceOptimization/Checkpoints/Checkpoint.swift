public import Foundation
import LanguageModels

/// A folder with all that training goes on from: weights, optimizer, and where it was.
///
/// It was found whole: every file has the size and SHA-256 that its manifest says.
public struct Checkpoint {
    /// Where it lies.
    public let url: URL
    /// Optimizer steps that were done.
    public var step: Int { state.step }

    let state: CheckpointState

    /// Opens a checkpoint, reading every byte of it.
    ///
    /// - Throws: `CheckpointProblem` where it is not whole.
    init(_ url: URL) throws(CheckpointProblem) {
        self.url = url
        _ = try CheckpointManifest(checking: url)
        state = try CheckpointState.read(in: url)
    }

    /// Masters of the model.
    static let modelName = "model"
    /// Masters of the adapter.
    static let adapterName = "adapter"

    /// The folder or file of the trained weights.
    func weights(hasAdapter: Bool) -> URL {
        hasAdapter
            ? AdapterFolder.weights(in: url.appending(path: Self.adapterName))
            : url.appending(path: Self.modelName)
    }

    /// What the optimizer remembers.
    static func optimizer(in folder: URL) -> URL {
        folder.appending(path: "optimizer.safetensors")
    }

    /// Masters of a reference that follows the policy.
    static func reference(in folder: URL) -> URL {
        folder.appending(path: "reference.safetensors")
    }

    /// The average of the weights, where one is kept.
    static func average(in folder: URL) -> URL { folder.appending(path: "ema.safetensors") }
}

/// Why a checkpoint cannot be used.
struct CheckpointProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
