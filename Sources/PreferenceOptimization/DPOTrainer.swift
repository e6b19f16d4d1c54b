import Foundation
public import LanguageModels
public import Objectives
public import PreferenceData
import TokenTrees
import Torch

/// What training does after a step.
public enum TrainingDecision: Sendable {
    /// Goes on with the next step.
    case `continue`
    /// Ends training here.
    case stop
}

/// Trains a policy on preferences, against a reference where the objective has one.
///
/// Synchronous and on one thread: numbers depend on nothing but the inputs and the number of
/// threads of libtorch's kernels.
public final class DPOTrainer {
    private let policy: any CausalLanguageModel
    private let reference: (any CausalLanguageModel)?
    private let preference: (Int) -> Preference
    private let count: Int
    private let configuration: DPOConfiguration
    private let checksStart: Bool
    private let optimizer: AdamW
    private let schedule: LinearSchedule
    private let balance: RouterBalance?
    private var gradients: GradientBuffer
    private var tokenCount = 0

    /// How many optimizer steps the run has.
    public let totalSteps: Int
    /// What the objective remembers from step to step.
    public private(set) var objectiveState = ObjectiveState()

    private var objective: ObjectiveSelection { configuration.objective }

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
        configuration: DPOConfiguration,
        startsAtReference: Bool = true
    ) throws where Preferences.Index == Int {
        let objective = configuration.objective
        precondition(!preferences.isEmpty, "there is nothing to train on")
        precondition(
            (reference != nil) == objective.needsReference,
            "a reference goes with an objective that needs one"
        )
        precondition(
            configuration.referenceSync == nil
                || reference?.trainedParameters.count == policy.trainedParameters.count,
            "a reference that follows the policy is loaded to be trained as the policy is"
        )
        try configuration.validate()
        for preference in preferences {
            try objective.requireFit(preference)
            for sequence in preference.sequences {
                try policy.requireKnown(sequence.tokens, path: "\(preference.source)")
            }
        }
        self.policy = policy
        self.reference = reference
        let first = preferences.startIndex
        preference = { preferences[first + $0] }
        count = preferences.count
        self.configuration = configuration
        checksStart =
            startsAtReference && objective.needsReference && policy.adapter?.startsApart != true
        let stepsPerEpoch = (preferences.count - 1) / configuration.batchSize + 1
        totalSteps = configuration.maximumSteps ?? configuration.epochs * stepsPerEpoch
        schedule = LinearSchedule(
            peak: configuration.learningRate,
            warmupSteps: configuration.warmupSteps,
            totalSteps: totalSteps
        )
        optimizer = try AdamW(
            policy.trainedParameters.map(\.master),
            AdamW.Settings(weightDecay: configuration.weightDecay)
        )
        balance = RouterBalance(policy, coefficient: configuration.routerLossCoefficient)
        gradients = GradientBuffer(policy.trainedParameters)
    }

    /// Trains to the end, or until `afterStep` says to stop.
    ///
    /// - Throws: `TrainingError` where the first step finds the policy unlike the reference, or a
    ///   loss or gradient is not finite; `TorchError`; what `afterStep` throws.
    public func train(afterStep: (StepMetrics) throws -> TrainingDecision) throws {
        let order = EpochOrder(count: count, seed: configuration.seed)
        var step = 0
        for epoch in 0... {
            let indices =
                configuration.shuffles ? order.indices(epoch: epoch) : Array(0..<count)
            for start in stride(from: 0, to: count, by: configuration.batchSize) {
                guard step < totalSteps else { return }
                let end = min(start + configuration.batchSize, count)
                var metrics = try run(indices[start..<end].map(preference), step: step)
                step += 1
                metrics.epoch = Double(epoch) + Double(end) / Double(count)
                guard case .continue = try afterStep(metrics) else { return }
            }
        }
    }

    /// One optimizer step.
    private func run(_ preferences: [Preference], step: Int) throws -> StepMetrics {
        let clock = ContinuousClock()
        let start = clock.now
        var metrics = StepMetrics()
        metrics.step = step + 1
        metrics.learningRate = schedule.rate(step: step)
        // A step that failed leaves what it had collected.
        try gradients.clear()
        let microBatches = microBatches(
            of: balance?.readingWhole(preferences) ?? preferences,
            step: step
        )
        if objective.needsMismatchedAnswers {
            metrics.kl = try mismatchedLogRatio(preferences)
        }
        var collected = StepCollection(
            counts: StepCounts(preferences, objective.kind),
            mismatchedLogRatio: metrics.kl ?? 0,
            state: objectiveState,
            routers: balance
        )
        try collected.routers?.begin(policy, microBatches)
        if objective.couplesStep {
            try differentiate(microBatches, &collected)
        } else {
            for microBatch in microBatches { try differentiate([microBatch], &collected) }
        }
        let sums = collected.sums
        sums.fill(&metrics)
        try requireFinite(metrics.loss, "loss", step: metrics.step, preferences)
        if step == 0, checksStart { try checkStart(metrics, sums) }
        metrics.routerLoss = collected.routers?.value
        metrics.loss += collected.routers?.weighted ?? 0
        metrics.gradientNorm = try OperationProfile.section(.optimizer) {
            try update(learningRate: metrics.learningRate) { norm in
                try requireFinite(norm, "gradient", step: metrics.step, preferences)
            }
        }
        objectiveState = collected.state
        if let sync = configuration.referenceSync, let reference,
            metrics.step.isMultiple(of: sync.steps)
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

    /// What a step's micro-batches have in common, and what comes together over them.
    private struct StepCollection {
        let counts: StepCounts
        let mismatchedLogRatio: Double
        var state: ObjectiveState
        var routers: RouterBalance?
        var sums = MetricSums()
    }

    /// Where either model places sequences of two lengths differently, they share no rows.
    private func lengthClass(_ length: Int) -> Int {
        max(policy.lengthClass(length), reference?.lengthClass(length) ?? 0)
    }

    private func microBatches(of preferences: [Preference], step: Int) -> [MicroBatch] {
        let ranges = PackedBatch.microBatches(
            of: preferences.map(\.sequences),
            tokenLimit: configuration.microBatchTokens,
            sharingPrefixes: configuration.sharesPrefixes,
            lengthClass: lengthClass
        )
        return ranges.enumerated().map { index, range in
            MicroBatch(
                Array(preferences[range]),
                dropout: DropoutPlace(seed: configuration.seed, step: step, microBatch: index),
                sharingPrefixes: configuration.sharesPrefixes,
                lengthClass: lengthClass
            )
        }
    }

    /// Forward and backward of micro-batches whose losses depend on each other, or of one alone.
    ///
    /// The gradient of a coupled loss is known only when all its scores are: then the policy runs
    /// first without a history, and again, a micro-batch at a time, with one.
    private func differentiate(
        _ microBatches: [MicroBatch],
        _ collected: inout StepCollection
    ) throws {
        let runsAgain = microBatches.count > 1
        let isTraced = collected.routers != nil
        let traces = microBatches.map { isTraced ? RouterTrace($0.batch) : nil }
        let forwards = try zip(microBatches, traces).map { microBatch, trace in
            let referenceTokens = try reference.map { reference in
                try OperationProfile.section(.reference) {
                    try withoutGradients {
                        try SequenceScores(reference, microBatch.batch).logProbabilities
                            .elements(as: Float.self)
                    }
                }
            }
            let scores =
                try runsAgain
                ? withoutGradients { try score(microBatch) }
                : score(microBatch, tracing: trace)
            return (scores: scores, referenceTokens: referenceTokens)
        }
        var variables: [[Scalar]] = []
        var steps: [ScoredStep] = []
        for (microBatch, forward) in zip(microBatches, forwards) {
            let tokens = try withoutGradients {
                try forward.scores.logProbabilities.elements(as: Float.self)
            }
            variables.append(tokens.map { Scalar.variable(Double($0)) })
            steps.append(
                microBatch.scored(
                    objective.kind,
                    tokens: variables[variables.count - 1],
                    reference: forward.referenceTokens,
                    logCollisions: try forward.scores.logCollisions?.elements(as: Float.self)
                )
            )
            let statistics = try forward.scores.tokens.statistics?.elements(as: Float.self) ?? []
            collected.sums.add(
                microBatch.batch,
                isChosen: microBatch.isChosen,
                statistics: statistics
            )
        }
        let whole = ScoredStep(joining: steps)
        let gradients = derivatives(of: whole, variables.flatMap { $0 }, &collected)
        collected.sums.add(whole, objective)

        var first = 0
        for (index, microBatch) in microBatches.enumerated() {
            let scores =
                try runsAgain
                ? score(microBatch, tracing: traces[index]) : forwards[index].scores
            let own = gradients[first..<first + variables[index].count]
            first += own.count
            let gradient = try Tensor(Array(own), on: scores.logProbabilities.device)
            var loss = try (scores.logProbabilities * gradient).sum()
            if let trace = traces[index], let share = try collected.routers?.share(trace) {
                loss = try loss + share
            }
            try loss.backward()
            try self.gradients.collect()
        }
    }

    private func score(
        _ microBatch: MicroBatch,
        tracing trace: RouterTrace? = nil
    ) throws -> SequenceScores {
        try policy.dropping(at: microBatch.dropout) {
            try SequenceScores(
                policy,
                microBatch.batch,
                withStatistics: true,
                withCollisions: objective.needsCollisions,
                tracing: trace
            )
        }
    }

    /// The derivatives of the step's mean loss with respect to log-probabilities.
    private func derivatives(
        of step: ScoredStep,
        _ variables: [Scalar],
        _ collected: inout StepCollection
    ) -> [Float] {
        func losses(_ step: ScoredStep, _ state: inout ObjectiveState) -> [Scalar] {
            objective.losses(
                step,
                counts: collected.counts,
                mismatchedLogRatio: collected.mismatchedLogRatio,
                state: &state
            )
        }
        var state = collected.state
        let expected = checksStart ? losses(step.atReference, &state) : []
        let values = losses(step, &collected.state)
        collected.sums.add(losses: values.map(\.value), expected: expected.map(\.value))
        let mean = values.sum() / Double(max(1, collected.counts.losses))
        return Scalar.gradients(of: mean, withRespectTo: variables).map { Float($0) }
    }

    /// KTO's z: how much more probable than the reference the policy finds answers that do not
    /// belong to their prompts; the mean over the step, at least 0, in nats.
    private func mismatchedLogRatio(_ preferences: [Preference]) throws -> Double {
        // One answer alone would be its own measure.
        guard let reference, preferences.count > 1 else { return 0 }
        let groups = preferences.mismatched(limit: configuration.maximumLength).map { [$0] }
        let ranges = PackedBatch.microBatches(
            of: groups,
            tokenLimit: configuration.microBatchTokens,
            lengthClass: lengthClass
        )
        let sum = try withoutGradients {
            try ranges.reduce(0) { sum, range in
                let batch = PackedBatch(groups: Array(groups[range]), lengthClass: lengthClass)
                let scores = try [policy, reference].map { model in
                    try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)
                        .reduce(0) { $0 + Double($1) }
                }
                return sum + scores[0] - scores[1]
            }
        }
        return max(0, sum / Double(groups.count))
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

    private func requireFinite(
        _ value: Double,
        _ quantity: String,
        step: Int,
        _ preferences: [Preference]
    ) throws {
        guard !value.isFinite else { return }
        let sources = preferences.map { "\($0.source)" }
        throw TrainingError.notFinite(quantity: quantity, step: step, pairs: sources)
    }

    /// Before the first update policy and reference are the same, and so must be their numbers.
    private func checkStart(_ metrics: StepMetrics, _ sums: MetricSums) throws {
        // Both ran the same kernels on the same weights; only a different order of threads may
        // show, far below this.
        let expected = sums.expectedMeanLoss
        guard sums.largestLogRatio <= 1e-2,
            abs(metrics.loss - expected) <= 1e-2 * max(1, abs(expected))
        else {
            throw TrainingError.policyIsNotReference(
                loss: metrics.loss,
                expected: expected,
                largestLogRatio: sums.largestLogRatio
            )
        }
    }
}
