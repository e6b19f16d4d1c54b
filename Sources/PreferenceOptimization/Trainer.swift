import Files
import Foundation
public import LanguageModels
public import Objectives
import OrderedJSON
public import PreferenceData
public import Torch

/// Trains a policy on preferences, against a reference where the objective has one.
///
/// Synchronous and on one thread: numbers depend on nothing but the inputs and the number of
/// threads of libtorch's kernels. This is the loop; what a step computes is `StepComputation`'s.
public final class Trainer {
    /// When the policy is evaluated, and on what; nil for never.
    ///
    /// Set with `evaluate(by:)`.
    public internal(set) var evaluation: EvaluationPlan?
    /// Where checkpoints are kept; nil for nowhere.
    public var checkpoints: CheckpointFolder?
    /// Whether training goes on after a step whose numbers are not finite, without that step.
    ///
    /// It ends where ten steps are such, one after the other.
    public var skipsRefusedSteps = false

    /// What is trained.
    public let policy: any CausalLanguageModel
    let reference: (any CausalLanguageModel)?
    let configuration: TrainingConfiguration
    let optimizer: any Optimizer
    let average: WeightAverage?
    /// What a checkpoint must have in common with this run.
    private(set) lazy var agreement = makeAgreement()
    var tokenCount = 0
    var record = EvaluationRecord()

    private let preference: (Int) -> Preference
    private let order: StepOrder
    private let makeAgreement: () -> RunAgreement
    var computation: StepComputation
    var refusedInARow = 0
    /// A step to look at closely, and what looks.
    var inspected: (step: Int, search: NumberInspection)?
    let gradients: GradientBuffer
    /// Where masters go in the file before they first change; none afterwards, or without a file.
    var places: [Tensor] = []

    /// How many preferences it is trained on.
    public let preferenceCount: Int
    /// How many optimizer steps the run has.
    public let totalSteps: Int
    /// How many of them are done.
    public internal(set) var completedSteps = 0
    /// How many of those were skipped, for their numbers were not finite.
    public internal(set) var skippedSteps = 0
    /// What the objective remembers from step to step.
    public internal(set) var objectiveState = ObjectiveState()

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - policy: loaded to be trained; its weights change.
    ///   - reference: from the same weights; nil where the objective needs none. Loaded frozen, or,
    ///     where it follows the policy, to be trained.
    ///   - keptReference: one whose log-probabilities are kept, in its place.
    ///   - preferences: at least one, of the kind that the objective is for.
    ///   - configuration: every number of the run.
    ///   - startsAtReference: whether policy and reference are the same before the first step,
    ///     which is then checked.
    ///   - memory: where master weights, what layers compute with, gradients, the optimizer's state
    ///     and the average of the weights lie. A file changes no number.
    /// - Throws: `SettingError` or `ObjectiveError` where a setting lies outside its range or does
    ///   not fit the data, `ModelError` where a token lies outside the vocabulary.
    public init<Preferences: RandomAccessCollection<Preference>>(
        policy: any CausalLanguageModel,
        reference: (any CausalLanguageModel)?,
        keptReference: KeptReference? = nil,
        preferences: Preferences,
        configuration: TrainingConfiguration,
        startsAtReference: Bool = true,
        keeping memory: KeptMemory = .ofDevice
    ) throws where Preferences.Index == Int {
        precondition(!preferences.isEmpty, "there is nothing to train on")
        precondition(
            (reference != nil || keptReference != nil) == configuration.objective.needsReference,
            "a reference goes with an objective that needs one"
        )
        precondition(
            reference != nil || !configuration.objective.needsMismatchedAnswers,
            "answers to other prompts are not kept"
        )
        precondition(
            configuration.referenceSync == nil
                || reference?.trainedParameters.count == policy.trainedParameters.count,
            "a reference that follows the policy is loaded to be trained as the policy is"
        )
        try configuration.validate()
        guard !configuration.modelDropout || policy.hasDropout else {
            throw SettingError(
                "model-dropout",
                found: "on for a model whose config.json has no dropout above 0",
                allowed: "a model that drops something, or training without it,"
            )
        }
        computation = StepComputation(
            policy: policy,
            reference: reference,
            keptReference: keptReference,
            configuration: configuration,
            startsAtReference: startsAtReference
        )
        try computation.requireFit(preferences)
        self.policy = policy
        self.reference = reference
        let first = preferences.startIndex
        preference = { preferences[first + $0] }
        preferenceCount = preferences.count
        self.configuration = configuration
        let order = configuration.order(of: preferences)
        self.order = order
        totalSteps =
            configuration.maximumSteps ?? order.stepCount(epochs: configuration.epochs)
        optimizer = try configuration.optimizer.optimizer(
            for: policy.trainedParameters.map(\.master),
            in: memory
        )
        average = try configuration.averageDecay.map {
            try WeightAverage(of: policy, decay: $0, in: memory)
        }
        gradients = try GradientBuffer(policy.trainedParameters, in: memory)
        if case .file = memory {
            places = try policy.trainedParameters.map { try memory.zeros(like: $0.master) }
            // What layers compute with where it is no view of the model's file.
            for model in [policy, reference].compactMap(\.self) {
                for parameter in model.parameters where parameter.value !== parameter.master {
                    try parameter.value.move(to: memory.zeros(like: parameter.value))
                }
            }
            TorchRuntime.returnFreedMemory()
        }
        // Taken of the weights before training; the data's only where it is needed.
        let (model, other) = (try policy.fingerprint(), try reference?.fingerprint())
        let adapter = policy.adapter.map { JSONValue.object($0.savedConfiguration).text }
        makeAgreement = {
            RunAgreement(
                settings: configuration,
                adapter: adapter,
                model: model,
                // A kept one is named by what it was made of.
                reference: other ?? keptReference?.cache.url.lastPathComponent,
                data: ContentDigest(of: preferences).text
            )
        }
    }

    /// Has the policy evaluated while it is trained.
    ///
    /// - Throws: `SettingError` where a setting lies outside its range or its preferences do not
    ///   fit the objective; `ModelError` where a token lies outside the vocabulary.
    public func evaluate(by plan: EvaluationPlan) throws {
        try plan.validate(configuration.objective)
        try computation.requireFit(plan.preferences)
        evaluation = plan
    }

    /// Trains to the end, or until `afterStep` says to stop.
    ///
    /// - Throws: as `train(_:)`.
    @discardableResult
    public func train(afterStep: (StepMetrics) throws -> TrainingDecision) throws -> TrainingEnd {
        try withoutActuallyEscaping(afterStep) { try train(TrainingHooks(afterStep: $0)) }
    }

    /// Trains to the end, or until a hook says to stop; called again it goes on from there.
    ///
    /// At the end the policy has the weights of its last step; `takeResult()` gives it those that
    /// are the result.
    ///
    /// - Throws: `TrainingError` where the first step finds the policy unlike the reference, a step
    ///   is refused for its numbers and not skipped, or memory does not suffice for one preference;
    ///   `TorchError`; what a hook throws.
    @discardableResult
    public func train(_ hooks: TrainingHooks) throws -> TrainingEnd {
        precondition(
            evaluation?.bestMetric == nil || checkpoints != nil,
            "the best model is kept as a checkpoint"
        )
        var lastSaved = ContinuousClock.now
        var (epoch, firstStep) = order.place(ofStep: completedSteps)
        while completedSteps < totalSteps {
            // In the first pass all was kept that later ones need.
            if epoch > 0 { computation.keptReference?.releaseModel() }
            let steps = order.steps(epoch: epoch)
            for rows in steps.dropFirst(firstStep) where completedSteps < totalSteps {
                // Also of a checkpoint that was written just then.
                if let patience = evaluation?.patience, record.sinceBest >= patience {
                    return .converged
                }
                // A step's rows are a part of the epoch's, which ends where so many are done.
                let passes = Double(epoch) + Double(rows.endIndex) / Double(preferenceCount)
                var decision = TrainingDecision.continue
                if var metrics = try attempt(rows.map(preference), hooks) {
                    metrics.epoch = passes
                    decision = try hooks.afterStep(metrics)
                }
                let isBest = try evaluateIfDue(epoch: passes, hooks)
                let isInterrupted = hooks.isInterrupted()
                if let checkpoints,
                    isBest || isInterrupted
                        || checkpoints.settings.isDue(completedSteps, since: lastSaved)
                {
                    try saveCheckpoint(in: checkpoints, hooks)
                    lastSaved = .now
                }
                if isInterrupted { return .interrupted }
                if case .stop = decision { return .stopped }
            }
            (epoch, firstStep) = (epoch + 1, 0)
        }
        return .complete
    }

    /// Evaluates the policy, or the average of its weights where one is kept, as it is now.
    ///
    /// - Parameter epoch: passes over the training data so far.
    private func evaluateNow(
        _ plan: EvaluationPlan,
        epoch: Double,
        _ hooks: TrainingHooks
    ) throws -> Evaluation {
        let start = ContinuousClock.now
        func measure() throws -> (metrics: StepMetrics, rewards: [Evaluation.Reward]) {
            try withMemory(hooks) {
                try computation.evaluate(
                    plan.preferences,
                    state: objectiveState,
                    keepsRewards: plan.keepsRewards
                )
            }
        }
        let (metrics, rewards) = try average?.inPlace(measure) ?? measure()
        return Evaluation(
            step: completedSteps,
            epoch: epoch,
            count: plan.preferences.count,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            rewards: rewards,
            metrics: metrics
        )
    }

    /// - Returns: whether the policy was found better than ever.
    private func evaluateIfDue(epoch: Double, _ hooks: TrainingHooks) throws -> Bool {
        guard let evaluation,
            completedSteps == totalSteps
                || evaluation.steps.map(completedSteps.isMultiple(of:)) == true
        else { return false }
        let found = try evaluateNow(evaluation, epoch: epoch, hooks)
        try hooks.afterEvaluation(found)
        guard let metric = evaluation.bestMetric, let value = found.value(of: metric.name) else {
            return false
        }
        return record.add(value, step: completedSteps, by: metric)
    }
}
