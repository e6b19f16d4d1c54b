import LanguageModels
import Torch

/// The exponential moving average of the trained weights: after each step
/// average ← decay · average + (1 − decay) · weights, beginning with the weights before training.
final class WeightAverage {
    private let policy: any CausalLanguageModel
    private let decay: Double
    private let averages: [Tensor]

    /// - Parameters:
    ///   - decay: above 0 and below 1.
    ///   - memory: where the averages lie.
    init(of policy: any CausalLanguageModel, decay: Double, in memory: KeptMemory) throws {
        self.policy = policy
        self.decay = decay
        averages = try withoutGradients {
            try policy.trainedParameters.map {
                let average = try memory.zeros(like: $0.master)
                try average.copyInPlace($0.master)
                average.releasePages()
                return average
            }
        }
    }

    /// The averages under the weights' names; what is copied into them is what they are then.
    var state: TensorFile.Tensors {
        zip(policy.trainedParameters, averages).map { ($0.name, $1) }
    }

    /// Takes in the weights after a step.
    func update() throws {
        try withoutGradients {
            for (parameter, average) in zip(policy.trainedParameters, averages) {
                try average.multiplyInPlace(decay)
                try average.addInPlace(parameter.master, scale: 1 - decay)
                average.releasePages()
                parameter.master.releasePages()
            }
        }
    }

    /// Runs a function in which the policy's weights are the averages.
    func inPlace<Result>(_ body: () throws -> Result) throws -> Result {
        try exchange()
        let result = Swift.Result { try body() }
        // Bit for bit what they were: numbers are moved, not computed.
        try exchange()
        return try result.get()
    }

    /// Makes the averages the policy's weights, for good.
    func replaceWeights() throws { try exchange() }

    /// Swaps weights and averages.
    private func exchange() throws {
        try withoutGradients {
            for (parameter, average) in zip(policy.trainedParameters, averages) {
                let weights = try parameter.master.detached().cloned()
                try parameter.master.copyInPlace(average)
                try average.copyInPlace(weights)
                average.releasePages()
            }
        }
        try policy.refreshValues()
    }
}
