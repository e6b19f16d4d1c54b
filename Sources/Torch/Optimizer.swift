/// What changes parameters by their gradients.
///
/// An optimizer is made for its parameters and keeps what it remembers from update to update in
/// tensors alone, so that saving these and copying them back is all that resuming needs.
public protocol Optimizer: AnyObject {
    /// Updates every parameter in place.
    ///
    /// - Parameters:
    ///   - gradients: one per parameter, of its shape and dtype.
    ///   - learningRate: at least 0.
    func step(gradients: [Tensor], learningRate: Double) throws(TorchError)

    /// Everything that later updates depend on, apart from parameters, gradients and rates.
    ///
    /// The tensors themselves, not copies: what is copied into them in place is what the next
    /// update goes on from. Names and shapes follow from the parameters and the settings.
    var state: [(name: String, tensor: Tensor)] { get }
}

extension [Tensor] {
    /// Zeros in the shapes and dtypes of these tensors.
    func zeros(in memory: KeptMemory) throws(TorchError) -> [Tensor] {
        try map { (tensor) throws(TorchError) in try memory.zeros(like: tensor) }
    }

    /// These tensors as state, each under a name and its place in the list.
    func named(_ name: String) -> [(name: String, tensor: Tensor)] {
        enumerated().map { ("\(name).\($0)", $1) }
    }
}

/// Refuses gradients that an optimizer, which goes through parameters one by one, cannot take.
///
/// Told for all before the first is changed.
func requireFit(_ gradients: [Tensor], _ parameters: [Tensor]) throws(TorchError) {
    precondition(gradients.count == parameters.count, "one gradient per parameter")
    for (index, (gradient, parameter)) in zip(gradients, parameters).enumerated()
    where gradient.shape != parameter.shape || gradient.dtype != parameter.dtype {
        throw TorchError(
            "step",
            "gradient \(index) is \(gradient.summary), its parameter \(parameter.summary)"
        )
    }
}
