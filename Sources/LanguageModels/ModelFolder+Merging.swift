import Files
public import Foundation
import PyTorchFiles
import Safetensors
public import Torch

extension ModelFolder {
    /// Writes the model with an adapter worked into its weights, as a new folder.
    ///
    /// Sums are taken in float64, one weight at a time, and rounded once. All other weights are
    /// written as they are.
    ///
    /// - Parameters:
    ///   - destination: a folder that is empty or not there; it is there whole when this returns,
    ///     or not at all.
    ///   - dtype: of all weights; each one's own where nil.
    /// - Throws: an `InputError` saying what is wrong with the model or the adapter.
    public func merge(_ adapter: AdapterFolder, to destination: URL, dtype: DType? = nil) throws {
        // In the dtype of the file weights are not copied.
        let elements = try ModelWeights.open(url).entries.map(\.element)
        let own = elements.first { $0.isFloatingPoint }.map { DType($0) }
        let model = try load(
            .init(dtype: own ?? .float32, isTrained: false),
            adapter: .saved(adapter)
        )
        let layers = Dictionary(
            (model.adapter?.layers ?? []).map { ($0.weight, $0.layer) }
        ) { first, _ in first }
        try Self.writeWhole(destination) { partial in
            try save(model, to: partial, dtype: dtype) { parameter in
                try layers[parameter.name]?.merged(parameter.master) ?? parameter.master
            }
        }
    }
}
