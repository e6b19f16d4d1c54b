import LanguageModels
import Objectives
import PreferenceData
import TokenTrees
import Torch

/// What one step computes: scores of both models, losses, gradients and the means of its metrics.
///
/// It changes neither weights nor itself, so a step can be computed again.
struct StepComputation {
    let policy: any CausalLanguageModel
    let reference: (any CausalLanguageModel)?
    /// A reference whose log-probabilities are kept, in its place.
    let keptReference: KeptReference?
    let configuration: TrainingConfiguration
    /// Most tokens in the models at a time: the configuration's, or fewer where memory was short.
    var microBatchTokens: Int
    /// Whether the first step checks that policy and reference are the same.
    let checksStart: Bool
    private let balance: RouterBalance?

    var objective: ObjectiveSelection { configuration.objective }

    /// What a step leaves, apart from its gradients.
    struct Result {
        /// Those of its numbers that its losses and scores have.
        var metrics: StepMetrics
        /// What the objective remembers after it.
        var state: ObjectiveState
    }

    init(
        policy: any CausalLanguageModel,
        reference: (any CausalLanguageModel)?,
        keptReference: KeptReference?,
        configuration: TrainingConfiguration,
        startsAtReference: Bool
    ) {
        self.policy = policy
        self.reference = reference
        self.keptReference = keptReference
        self.configuration = configuration
        microBatchTokens = configuration.microBatchTokens
        checksStart =
            startsAtReference && configuration.objective.needsReference
            && !configuration.modelDropout && policy.adapter?.startsApart != true
        balance = RouterBalance(policy, coefficient: configuration.routerLossCoefficient)
    }

    /// Computes a step with its gradients.
    ///
    /// - Parameters:
    ///   - step: from 0; what is dropped follows from it.
    ///   - state: what the objective remembers from the steps before.
    ///   - gradients: takes those of the step's mean loss, in place of what it has.
    /// - Throws: `TrainingError` where the loss is not finite, or policy and reference are not the
    ///   same at the first step.
    func differentiate(
        _ preferences: [Preference],
        step: Int,
        state: ObjectiveState,
        into gradients: GradientBuffer
    ) throws -> Result {
        try gradients.begin()
        var metrics = StepMetrics()
        let microBatches = microBatches(
            of: balance == nil ? preferences : preferences.map(\.readWhole),
            step: step
        )
        if objective.needsMismatchedAnswers {
            metrics.kl = try mismatchedLogRatio(preferences)
        }
        var collected = Collected(
            counts: StepCounts(preferences, objective.kind),
            mismatchedLogRatio: metrics.kl ?? 0,
            state: state,
            routers: balance
        )
        try collected.routers?.begin(policy, microBatches)
        if objective.couplesStep {
            try differentiate(microBatches, &collected, gradients)
        } else {
            for microBatch in microBatches {
                try differentiate([microBatch], &collected, gradients)
            }
        }
        let sums = collected.sums
        sums.fill(&metrics)
        metrics.judgesAnswers = objective.judgesAnswers
        guard metrics.loss.isFinite else {
            throw TrainingError.notFinite("loss", step: step + 1, preferences)
        }
        if step == 0, checksStart { try checkStart(metrics, sums) }
        metrics.routerLoss = collected.routers?.value
        metrics.loss += collected.routers?.weighted ?? 0
        return Result(metrics: metrics, state: collected.state)
    }

    /// What a step's micro-batches have in common, and what comes together over them.
    private struct Collected {
        let counts: StepCounts
        let mismatchedLogRatio: Double
        var state: ObjectiveState
        var routers: RouterBalance?
        var sums = MetricSums()
    }

    func microBatches(of preferences: [Preference], step: Int) -> [MicroBatch] {
        let groups = PromptGroup.groups(
            of: preferences,
            tokenLimit: microBatchTokens,
            sharingPrefixes: configuration.sharesPrefixes,
            lengthClass: lengthClass
        )
        let ranges = PackedBatch.microBatches(
            rowCounts: groups.map(\.rowCount),
            tokenLimit: microBatchTokens
        )
        return ranges.enumerated().map { index, range in
            MicroBatch(
                groups[range],
                dropout: DropoutPlace(
                    seed: configuration.seed,
                    step: step,
                    microBatch: index,
                    includesModel: configuration.modelDropout
                ),
                sharingPrefixes: configuration.sharesPrefixes,
                joiningPrompts: configuration.sharesPrefixes && !drops,
                lengthClass: lengthClass
            )
        }
    }

    /// Whether anything is dropped in training, of each prompt for itself.
    private var drops: Bool {
        configuration.modelDropout || policy.adapter?.configuration.dropout ?? 0 > 0
    }

    /// Forward and backward of micro-batches whose losses depend on each other, or of one alone.
    ///
    /// The gradient of a coupled loss is known only when all its scores are: then the policy runs
    /// first without a history, and again, a micro-batch at a time, with one.
    private func differentiate(
        _ microBatches: [MicroBatch],
        _ collected: inout Collected,
        _ gradients: GradientBuffer
    ) throws {
        let runsAgain = microBatches.count > 1
        let isTraced = collected.routers != nil
        let traces = microBatches.map {
            isTraced ? RouterTrace($0.batch, counting: $0.sequences) : nil
        }
        let forwards = try zip(microBatches, traces).map { microBatch, trace in
            try microBatch.computing {
                try runsAgain
                    ? withoutGradients { try forward(microBatch) }
                    : forward(microBatch, tracing: trace)
            }
        }
        var variables: [[Scalar]] = []
        var steps: [ScoredStep] = []
        for (microBatch, forward) in zip(microBatches, forwards) {
            let tokens = forward.tokens.map { Scalar.variable(Double($0)) }
            variables.append(tokens)
            steps.append(scored(microBatch, forward, tokens: tokens))
            collected.sums.add(
                microBatch.batch,
                answers: microBatch.answers,
                statistics: forward.statistics
            )
        }
        let whole = ScoredStep(joining: steps)
        let slopes = derivatives(of: whole, variables.flatMap { $0 }, &collected)
        NumberInspection.look(at: slopes.map(Double.init), "objective", .inputGradient) {
            microBatches.source(ofToken: $0)
        }
        collected.sums.add(whole, objective)

        var first = 0
        for (index, microBatch) in microBatches.enumerated() {
            let own = slopes[first..<first + variables[index].count]
            first += own.count
            try microBatch.computing {
                let scores =
                    try runsAgain
                    ? score(microBatch, tracing: traces[index]) : forwards[index].scores
                let slope = try Tensor(Array(own), on: scores.logProbabilities.device)
                var loss = try (scores.logProbabilities * slope).sum()
                if let trace = traces[index], let share = try collected.routers?.share(trace) {
                    loss = try loss + share
                }
                try loss.backward()
                try gradients.collect()
            }
        }
    }

    /// The derivatives of the step's mean loss with respect to log-probabilities.
    private func derivatives(
        of step: ScoredStep,
        _ variables: [Scalar],
        _ collected: inout Collected
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
