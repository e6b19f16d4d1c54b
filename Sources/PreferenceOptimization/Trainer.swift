import Files
public import LanguageModels
public import Objectives
public import PreferenceData
import TokenTrees
import Torch

/// Trains a policy on preferences, against a reference where the objective has one.
///
/// Synchronous and on one thread: numbers depend on nothing but the inputs and the number of
/// threads of libtorch's kernels. This is the loop; what a step computes is `StepComputation`'s.
public final class Trainer {
    /// What is trained.
    public let policy: any CausalLanguageModel

    private let reference: (any CausalLanguageModel)?
    private let preference: (Int) -> Preference
    private let count: Int
    private let configuration: TrainingConfiguration
    private let computation: StepComputation
    private let optimizer: any Optimizer
    private var gradients: GradientBuffer
    private var tokenCount = 0

    /// How many optimizer steps the run has.
    public let totalSteps: Int
    /// How many of them are done.
    public private(set) var completedSteps = 0
    /// What the objective remembers from step to step.
    public private(set) var objectiveState = ObjectiveState()

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - policy: loaded to be trained; its weights change.
    ///   - reference: from the same weights; nil where the objective needs none. Loaded frozen, or,
    ///     where it follows the policy, to be trained.
    ///   - preferences: at least one, of the kind that the objective is for.
    ///   - configuration: every number of the run.
    ///   - startsAtReference: whether policy and reference are the same before the first step,
    ///     which is then checked.
    /// - Throws: `SettingError` or `ObjectiveError` where a setting lies outside its range or does
    ///   not fit the data, `ModelError` where a token lies outside the vocabulary.
    public init<Preferences: RandomAccessCollection<Preference>>(
        policy: any CausalLanguageModel,
        reference: (any CausalLanguageModel)?,
        preferences: Preferences,
        configuration: TrainingConfiguration,
        startsAtReference: Bool = true
    ) throws where Preferences.Index == Int {
        precondition(!preferences.isEmpty, "there is nothing to train on")
        precondition(
            (reference != nil) == configuration.objective.needsReference,
            "a reference goes with an objective that needs one"
        )
        precondition(
            configuration.referenceSync == nil
                || reference?.trainedParameters.count == policy.trainedParameters.count,
            "a reference that follows the policy is loaded to be trained as the policy is"
        )
        try configuration.validate()
        computation = StepComputation(
            policy: policy,
            reference: reference,
            configuration: configuration,
            startsAtReference: startsAtReference
        )
        try computation.requireFit(preferences)
        self.policy = policy
        self.reference = reference
        let first = preferences.startIndex
        preference = { preferences[first + $0] }
        count = preferences.count
        self.configuration = configuration
        let stepsPerEpoch = (preferences.count - 1) / configuration.batchSize + 1
        totalSteps = configuration.maximumSteps ?? configuration.epochs * stepsPerEpoch
        optimizer = try configuration.optimizer.optimizer(
            for: policy.trainedParameters.map(\.master)
        )
        gradients = GradientBuffer(policy.trainedParameters)
    }

    /// Trains to the end, or until `afterStep` says to stop.
    ///
    /// - Throws: as `train(_:)`.
    public func train(afterStep: (StepMetrics) throws -> TrainingDecision) throws {
        try withoutActuallyEscaping(afterStep) { try train(TrainingHooks(afterStep: $0)) }
    }

    /// Trains to the end, or until a hook says to stop; called again it goes on from there.
    ///
    /// - Throws: `TrainingError` where the first step finds the policy unlike the reference, or a
    ///   loss or gradient is not finite; `TorchError`; what a hook throws.
    public func train(_ hooks: TrainingHooks) throws {
        let order = EpochOrder(count: count, seed: configuration.seed)
        let stepsPerEpoch = (count - 1) / configuration.batchSize + 1
        while completedSteps < totalSteps {
            let (epoch, firstStep) = completedSteps.quotientAndRemainder(dividingBy: stepsPerEpoch)
            let indices =
                configuration.shuffles ? order.indices(epoch: epoch) : Array(0..<count)
            for step in firstStep..<stepsPerEpoch where completedSteps < totalSteps {
                let start = step * configuration.batchSize
                let end = min(start + configuration.batchSize, count)
                var metrics = try run(indices[start..<end].map(preference))
                metrics.epoch = Double(epoch) + Double(end) / Double(count)
                guard case .continue = try hooks.afterStep(metrics) else { return }
            }
        }
    }

    /// One optimizer step.
    private func run(_ preferences: [Preference]) throws -> StepMetrics {
        let clock = ContinuousClock()
        let start = clock.now
        let share = configuration.schedule.share(step: completedSteps, of: totalSteps)
        let learningRate = configuration.learningRate * share
        // A step that failed leaves what it had collected.
        try gradients.clear()
        let result = try computation.differentiate(
            preferences,
            step: completedSteps,
            state: objectiveState,
            into: &gradients
        )
        var metrics = result.metrics
        metrics.step = completedSteps + 1
        metrics.learningRate = learningRate
        metrics.gradientNorm = try update(learningRate: learningRate) { norm in
            guard !norm.isFinite else { return }
            throw TrainingError.notFinite("gradient", step: metrics.step, preferences)
        }
        objectiveState = result.state
        completedSteps += 1
        if let sync = configuration.referenceSync, let reference,
            completedSteps.isMultiple(of: sync.steps)
        {
            try sync.move(reference, towards: policy)
        }

        let tokens = preferences.flatMap(\.sequences).reduce(0) { $0 + $1.tokens.count }
        tokenCount += tokens
        metrics.tokenCount = tokenCount
        metrics.seconds = (clock.now - start) / .seconds(1)
        metrics.pairsPerSecond = Double(preferences.count) / metrics.seconds
        metrics.tokensPerSecond = Double(tokens) / metrics.seconds
        metrics.peakByteCount = PeakMemory.byteCount
        return metrics
    }

    /// Clips the step's gradients and updates the weights.
    ///
    /// - Parameter check: sees the norm before anything is changed.
    /// - Returns: the norm of all gradients before clipping.
    private func update(learningRate: Double, check: (Double) throws -> Void) throws -> Double {
        let norm = try withoutGradients {
            let all = try gradients.gradients()
            let norm = try all.totalNorm()
            let value = try norm.item()
            try check(value)
            // As clip_grad_norm_ of PyTorch has it, with its 1e-6.
            let scale = configuration.maximumGradientNorm / (value + 1e-6)
            if scale < 1 {
                try all.multiplyInPlace(
                    Tensor.full([], scale, norm.dtype, on: norm.device)
                )
            }
            try optimizer.step(gradients: all, learningRate: learningRate)
            return value
        }
        try gradients.clear()
        try policy.refreshValues()
        return norm
    }
}
