import Files
public import LanguageModels
public import Objectives
public import PreferenceData
public import Torch

/// How a policy is trained: every number that a run follows, apart from files and devices.
///
/// Defaults are TRL 1.16's unless said otherwise.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
    /// What training makes small.
    public var objective: ObjectiveSelection
    /// How the reference follows the policy; nil where it stays what it is.
    public var referenceSync: ReferenceSync?
    /// The full learning rate, at least 0.
    public var learningRate: Double
    /// How the learning rate moves over the run.
    public var schedule: LearningRateSchedule
    /// What changes the weights.
    public var optimizer: OptimizerSelection
    /// Preferences of an optimizer step, at least 1.
    public var batchSize: Int
    /// The most rows of the model at a time, at least 1.
    ///
    /// Memory grows with it, results do not depend on it. A pair that is larger alone still goes
    /// through.
    public var microBatchTokens: Int
    /// What the policy's layers keep for the backward; results do not depend on it.
    public var activationCheckpointing: ActivationCheckpointing
    /// How often the data are gone through, 1 to 1,000,000.
    public var epochs: Int
    /// How many optimizer steps training has, whatever `epochs` says; nil follows `epochs`.
    ///
    /// As in TRL, more steps than the epochs have go through the data again.
    public var maximumSteps: Int?
    /// The most tokens of prompt and answer together, at least 2; nil for any number.
    public var maximumLength: Int?
    /// What longer sequences lose.
    public var truncation: Truncation
    /// Which tokens are scored.
    public var scoredTokens: ScoredTokens
    /// The share of conversations from which empty thinking is deleted, 0 to 1.
    public var emptyThinkingRemoval: Double
    /// Whether the policy's own dropout is applied in training, as its config.json has it.
    public var modelDropout: Bool
    /// The largest Euclidean norm of all gradients together, above 0.
    ///
    /// Larger ones are scaled down; with infinity, none.
    public var maximumGradientNorm: Double
    /// What the loss of a policy's routers is multiplied with, at least 0; the model's own
    /// `router_aux_loss_coef` where nil.
    public var routerLossCoefficient: Double?
    /// What of the weights' exponential moving average stays at each step, above 0 and below 1; nil
    /// for no average.
    ///
    /// The average begins with the weights before training. Where there is one, it is what is
    /// evaluated and what is saved at the end.
    public var averageDecay: Double?
    /// What the order of the pairs follows from, and what is drawn for them.
    public var seed: UInt64
    /// Whether each epoch goes through the pairs in an order of its own.
    public var shuffles: Bool
    /// Whether the preferences of a prompt come in one step, as far as it has room for them.
    ///
    /// There they share what they have in common. The order is then one of prompts.
    public var groupsByPrompt: Bool
    /// What layers compute in: float32, or bfloat16 with float32 master weights.
    ///
    /// TRL computes in bfloat16 by default.
    public var dtype: DType
    /// Whether what the preferences of a prompt have in common in a step is computed once.
    ///
    /// Off only for comparisons: results are the same.
    public var sharesPrefixes: Bool

    /// Makes a configuration from the defaults and what is given.
    public init(
        objective: ObjectiveSelection = .sigmoid,
        referenceSync: ReferenceSync? = nil,
        learningRate: Double = 1e-6,
        schedule: LearningRateSchedule = LearningRateSchedule(),
        optimizer: OptimizerSelection = OptimizerSelection(),
        batchSize: Int = 8,
        microBatchTokens: Int = 4096,
        activationCheckpointing: ActivationCheckpointing = .off,
        epochs: Int = 3,
        maximumSteps: Int? = nil,
        maximumLength: Int? = 1024,
        truncation: Truncation = .keepStart,
        scoredTokens: ScoredTokens = .answer,
        emptyThinkingRemoval: Double = 0,
        modelDropout: Bool = false,
        maximumGradientNorm: Double = 1,
        routerLossCoefficient: Double? = nil,
        averageDecay: Double? = nil,
        seed: UInt64 = 42,
        shuffles: Bool = true,
        groupsByPrompt: Bool = false,
        dtype: DType = .float32,
        sharesPrefixes: Bool = true
    ) {
        self.objective = objective
        self.referenceSync = referenceSync
        self.learningRate = learningRate
        self.schedule = schedule
        self.optimizer = optimizer
        self.batchSize = batchSize
        self.microBatchTokens = microBatchTokens
        self.activationCheckpointing = activationCheckpointing
        self.epochs = epochs
        self.maximumSteps = maximumSteps
        self.maximumLength = maximumLength
        self.truncation = truncation
        self.scoredTokens = scoredTokens
        self.emptyThinkingRemoval = emptyThinkingRemoval
        self.modelDropout = modelDropout
        self.maximumGradientNorm = maximumGradientNorm
        self.routerLossCoefficient = routerLossCoefficient
        self.averageDecay = averageDecay
        self.seed = seed
        self.shuffles = shuffles
        self.groupsByPrompt = groupsByPrompt
        self.dtype = dtype
        self.sharesPrefixes = sharesPrefixes
    }

    /// Checks every value against its range.
    ///
    /// - Throws: `SettingError` naming the first that lies outside; `ObjectiveError`.
    public func validate() throws {
        if let referenceSync {
            let mixup = referenceSync.mixup
            try require("sync-mixup", mixup, mixup > 0 && mixup <= 1, "above 0 and at most 1")
            let steps = referenceSync.steps
            try require("sync-steps", steps, steps >= 1, "at least 1")
            try objective.requireUse("sync-reference", "on", by: \.needsReference)
        }
        try require(
            "learning-rate",
            learningRate,
            learningRate >= 0 && learningRate.isFinite,
            "a number of at least 0"
        )
        try schedule.validate()
        try optimizer.validate()
        // One answer has no other prompt's answer beside it.
        let least = objective.needsMismatchedAnswers ? 2 : 1
        try require(
            "batch-size",
            batchSize,
            batchSize >= least,
            "at least \(least)\(least == 2 ? " for \(objective.names)" : " pair")"
        )
        try require(
            "micro-batch-tokens",
            microBatchTokens,
            microBatchTokens >= 1,
            "at least 1 token"
        )
        if groupsByPrompt, objective.needsMismatchedAnswers {
            throw SettingError(
                "group-by-prompt",
                found: "on for \(objective.names), which takes answers to other prompts of a step",
                allowed: "another objective, or steps without it,"
            )
        }
        // Bounded, so that steps can be counted in 64 bits.
        try require("epochs", epochs, (1...1_000_000).contains(epochs), "1 to 1,000,000")
        if let maximumSteps {
            try require("max-steps", maximumSteps, maximumSteps >= 1, "at least 1")
        }
        if let maximumLength {
            try require("max-length", maximumLength, maximumLength >= 2, "at least 2 tokens")
        }
        try require(
            "remove-empty-thinking",
            emptyThinkingRemoval,
            (0...1).contains(emptyThinkingRemoval),
            "0 to 1"
        )
        try require(
            "max-grad-norm",
            maximumGradientNorm,
            maximumGradientNorm > 0,
            "a number above 0"
        )
        if let routerLossCoefficient {
            try require(
                "router-aux-loss-coef",
                routerLossCoefficient,
                routerLossCoefficient >= 0 && routerLossCoefficient.isFinite,
                "a number of at least 0"
            )
        }
        if let averageDecay {
            try require(
                "ema",
                averageDecay,
                averageDecay > 0 && averageDecay < 1,
                "a number above 0 and below 1"
            )
        }
        try require(
            "dtype",
            dtype.rawValue,
            dtype == .float32 || dtype == .bfloat16,
            "float32 or bfloat16"
        )
    }

    private func require(
        _ name: String,
        _ value: some Any,
        _ isAllowed: Bool,
        _ allowed: String
    ) throws {
        guard isAllowed else { throw SettingError(name, found: "\(value)", allowed: allowed) }
    }
}

extension TrainingConfiguration {
    /// Which preferences each step takes.
    ///
    /// - Parameter shuffling: whether they are shuffled where training does.
    func order(of preferences: some Collection<Preference>, shuffling: Bool = true) -> StepOrder {
        StepOrder(
            rowCount: preferences.count,
            stepSize: batchSize,
            seed: shuffles && shuffling ? seed : nil,
            prompts: groupsByPrompt ? RowsByPrompt(preferences) : nil
        )
    }

    /// How often each of so many preferences is used.
    public func passes(over count: Int) -> Double {
        maximumSteps.map { Double($0) * Double(batchSize) / Double(max(1, count)) }
            ?? Double(epochs)
    }
}

extension DType: Codable {}
