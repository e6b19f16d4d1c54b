/// Several optimizers as one, each with some of the parameters.
public final class OptimizerGroups: Optimizer {
    /// An optimizer and the places of its parameters among all.
    public struct Group {
        let optimizer: any Optimizer
        let places: [Int]

        /// Makes a group; the optimizer was made for the parameters at these places.
        public init(_ optimizer: any Optimizer, places: [Int]) {
            self.optimizer = optimizer
            self.places = places
        }
    }

    private let groups: [Group]

    /// Makes one optimizer of groups, in which each parameter is once.
    public init(_ groups: [Group]) { self.groups = groups }

    /// The state of all groups, with the group's number in front of its names.
    public var state: [(name: String, tensor: Tensor)] {
        groups.enumerated().flatMap { number, group in
            group.optimizer.state.map { ("group\(number).\($0.name)", $0.tensor) }
        }
    }

    /// Updates every parameter.
    ///
    /// - Parameter gradients: one per parameter of all groups, in the order of their places.
    public func step(gradients: [Tensor], learningRate: Double) throws(TorchError) {
        for group in groups {
            try group.optimizer.step(
                gradients: group.places.map { gradients[$0] },
                learningRate: learningRate
            )
        }
    }
}
