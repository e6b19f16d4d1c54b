import Files
import Foundation
import LanguageModels
import Torch

/// What makes one curve of the experiment.
public struct OverfittingSettings: Sendable, Equatable {
    /// The loss that is made small.
    public enum Loss: String, Sendable, CaseIterable {
        /// −log σ(βh).
        case dpo
        /// (h − 1/(2β))².
        case ipo

        /// Its name as people write it.
        public var title: String { rawValue.uppercased() }

        /// The objective that it is in a mode.
        func objective(_ mode: OverfittingExperiment.Mode) -> String {
            switch (self, mode) {
            case (.dpo, .sequence): "sigmoid"
            case (.ipo, .sequence): "ipo_sum"
            case (.dpo, .notebook): "token_sigmoid_notebook"
            case (.ipo, .notebook): "token_ipo_notebook"
            }
        }

        /// The learning rate of SGD with which the notebook compares losses; for whole answers,
        /// whose gradient is larger, a tenth of it for IPO, which would overshoot.
        public func learningRate(_ mode: OverfittingExperiment.Mode) -> Double {
            switch (self, mode) {
            case (.dpo, _): 0.01
            case (.ipo, .sequence): 1e-5
            case (.ipo, .notebook): 1e-4
            }
        }
    }

    /// What changes the weights.
    public enum Optimizer: String, Sendable, CaseIterable {
        /// Gradient descent without momentum.
        case sgd
        /// Adam with PyTorch's defaults.
        case adam

        /// A function that takes the policy's gradients and updates it.
        func update(
            _ policy: any CausalLanguageModel,
            _ learningRate: Double
        ) throws -> ([Tensor]) throws -> Void {
            let masters = policy.parameters.map(\.master)
            switch self {
            case .sgd:
                let sgd = try SGD(masters)
                return { try sgd.step(gradients: $0, learningRate: learningRate) }
            case .adam:
                let adam = try AdamW(masters)
                return { try adam.step(gradients: $0, learningRate: learningRate) }
            }
        }
    }

    /// The loss that is made small.
    public var loss: Loss
    /// β, above 0.
    public var beta: Double
    /// The same at every update, above 0.
    public var learningRate: Double
    /// What changes the weights.
    public var optimizer: Optimizer
    /// Updates, 1 to 1,000,000.
    public var steps: Int

    /// The settings of a curve.
    public init(
        _ loss: Loss,
        beta: Double,
        learningRate: Double,
        optimizer: Optimizer = .sgd,
        steps: Int = 100
    ) {
        self.loss = loss
        self.beta = beta
        self.learningRate = learningRate
        self.optimizer = optimizer
        self.steps = steps
    }

    /// Its name in reports: loss and β.
    public var title: String { "\(loss.title) β \(String(format: "%g", beta))" }

    /// The margin at which IPO's loss is 0: 1/(2β); nil for DPO, which has none.
    public var target: Double? { loss == .ipo ? 1 / (2 * beta) : nil }

    /// Refuses what cannot be trained with.
    ///
    /// - Throws: `SettingError`.
    public func validate() throws {
        guard beta > 0, beta.isFinite else {
            throw SettingError(
                "\(loss.rawValue)-beta",
                found: "\(beta)",
                allowed: "a number above 0"
            )
        }
        guard learningRate > 0, learningRate.isFinite else {
            throw SettingError(
                "\(loss.rawValue)-learning-rate",
                found: "\(learningRate)",
                allowed: "a number above 0"
            )
        }
        guard (1...1_000_000).contains(steps) else {
            throw SettingError("steps", found: "\(steps)", allowed: "1 to 1,000,000")
        }
    }
}
