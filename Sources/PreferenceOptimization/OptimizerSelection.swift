public import Files
public import Torch

/// Which optimizer changes the weights, and the numbers that it follows.
public struct OptimizerSelection: Codable, Sendable, Equatable {
    /// The optimizers.
    public enum Kind: Codable, Sendable, Equatable {
        /// Adam with decoupled weight decay.
        case adamW(AdamW.Settings)
        /// Stochastic gradient descent.
        case sgd(SGD.Settings)
        /// RMSprop, as the first trainer of direct preference optimization used it.
        case rmsprop(RMSprop.Settings)
        /// Adafactor, as transformers' trainer uses it.
        case adafactor(Adafactor.Settings)
    }

    /// Which one.
    public var kind: Kind
    /// Weight decay, at least 0: with AdamW and Adafactor the share of the learning rate by which
    /// a weight shrinks at every update, with SGD and RMSprop what is added of it to its gradient.
    public var weightDecay: Double
    /// Whether weights of one dimension (norms and biases) decay too.
    ///
    /// transformers' trainer leaves them out, PyTorch's optimizers do not.
    public var decaysNormsAndBiases: Bool

    /// Makes a selection; the default is TRL's.
    public init(
        _ kind: Kind = .adamW(AdamW.Settings()),
        weightDecay: Double = 0,
        decaysNormsAndBiases: Bool = true
    ) {
        self.kind = kind
        self.weightDecay = weightDecay
        self.decaysNormsAndBiases = decaysNormsAndBiases
    }

    /// The optimizer for some parameters, with its state at zero.
    ///
    /// - Parameter memory: where its state lies.
    public func optimizer(
        for parameters: [Tensor],
        in memory: KeptMemory = .ofDevice
    ) throws(TorchError) -> any Optimizer {
        let places = parameters.indices.filter {
            decaysNormsAndBiases || parameters[$0].shape.count > 1
        }
        guard weightDecay != 0, places.count < parameters.count else {
            return try optimizer(for: parameters, weightDecay: weightDecay, in: memory)
        }
        let others = parameters.indices.filter { !places.contains($0) }
        return OptimizerGroups([
            .init(
                try optimizer(
                    for: places.map { parameters[$0] },
                    weightDecay: weightDecay,
                    in: memory
                ),
                places: places
            ),
            .init(
                try optimizer(for: others.map { parameters[$0] }, weightDecay: 0, in: memory),
                places: others
            ),
        ])
    }

    private func optimizer(
        for parameters: [Tensor],
        weightDecay: Double,
        in memory: KeptMemory
    ) throws(TorchError) -> any Optimizer {
        switch kind {
        case .adamW(let settings):
            try AdamW(parameters, settings, weightDecay: weightDecay, in: memory)
        case .sgd(let settings):
            try SGD(parameters, settings, weightDecay: weightDecay, in: memory)
        case .rmsprop(let settings):
            try RMSprop(parameters, settings, weightDecay: weightDecay, in: memory)
        case .adafactor(let settings):
            try Adafactor(parameters, settings, weightDecay: weightDecay, in: memory)
        }
    }

    /// Bytes that the optimizer keeps for each weight.
    ///
    /// Of a matrix Adafactor keeps a row and a column, which are next to nothing.
    var keptByteCount: Double {
        switch kind {
        case .adamW: 8
        case .sgd(let settings): settings.momentum == 0 ? 0 : 4
        case .rmsprop(let settings): settings.momentum == 0 ? 4 : 8
        case .adafactor: 0
        }
    }

    /// Checks every value against its range.
    ///
    /// - Throws: `SettingError` naming the first that lies outside.
    public func validate() throws(SettingError) {
        let share = "at least 0 and below 1"
        let positive = "a number above 0"
        func isShare(_ value: Double) -> Bool { value >= 0 && value < 1 }
        func isPositive(_ value: Double) -> Bool { value > 0 && value.isFinite }
        try require(
            "weight-decay",
            weightDecay,
            weightDecay >= 0 && weightDecay.isFinite,
            "a number of at least 0"
        )
        switch kind {
        case .adamW(let settings):
            try require("adam-beta1", settings.beta1, isShare(settings.beta1), share)
            try require("adam-beta2", settings.beta2, isShare(settings.beta2), share)
            try require("adam-epsilon", settings.epsilon, isPositive(settings.epsilon), positive)
        case .sgd(let settings):
            try require("momentum", settings.momentum, isShare(settings.momentum), share)
            try require(
                "nesterov",
                "on without momentum",
                settings.momentum > 0 || !settings.usesNesterov,
                "--momentum"
            )
        case .rmsprop(let settings):
            try require("rmsprop-alpha", settings.alpha, isShare(settings.alpha), share)
            try require(
                "rmsprop-epsilon",
                settings.epsilon,
                isPositive(settings.epsilon),
                positive
            )
            try require("momentum", settings.momentum, isShare(settings.momentum), share)
        case .adafactor(let settings):
            try require(
                "adafactor-decay-rate",
                settings.decayRate,
                settings.decayRate >= -1 && settings.decayRate < 0,
                "at least -1 and below 0"
            )
            try require(
                "adafactor-clip-threshold",
                settings.clipThreshold,
                isPositive(settings.clipThreshold),
                positive
            )
        }
    }

    private func require(
        _ name: String,
        _ value: some Any,
        _ isAllowed: Bool,
        _ allowed: String
    ) throws(SettingError) {
        guard isAllowed else { throw SettingError(name, found: "\(value)", allowed: allowed) }
    }
}
