public import Torch

/// A place in the tree of a model's names, such as `model.layers.0`.
public struct ParameterScope {
    let store: ParameterStore
    let path: String

    /// The scope of a name within this one.
    public subscript(name: String) -> ParameterScope {
        ParameterScope(store: store, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// Takes a weight of this scope.
    ///
    /// - Parameter initialization: what it is before any training.
    /// - Throws: `ModelError` where its shape is another or it was taken before; a weight that is
    ///   missing is an error of `ParameterStore.finish`.
    public func tensor(
        _ name: String,
        shape: [Int],
        initially initialization: Initialization = .normal(scale: 1)
    ) throws -> Tensor {
        try store.take(self[name].path, shape: shape, initially: initialization)
    }
}
