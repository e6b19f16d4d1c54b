import Foundation
public import LanguageModels
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

/// Trains a policy on preference pairs against a frozen reference.
///
/// Synchronous and on one thread: numbers depend on nothing but the inputs and the number of
/// threads of libtorch's kernels.
public final class DPOTrainer {
    private let policy: any CausalLanguageModel
    private let reference: any CausalLanguageModel
    private let pairs: [PreferencePair]
    private let configuration: DPOConfiguration
    private let objective: Objective
    private let optimizer: AdamW
    private let schedule: LinearSchedule
    private var gradients: GradientBuffer
    private var tokenCount = 0

    /// How many optimizer steps the run has.
    public let totalSteps: Int

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - policy: loaded to be trained; its weights change.
    ///   - reference: loaded frozen, from the same weights.
    ///   - pairs: at least one.
    /// - Throws: `SettingError` where a setting lies outside its range, `ModelError` where a token
    ///   lies outside the vocabulary.
    public init(
        policy: any CausalLanguageModel,
        reference: any CausalLanguageModel,
        pairs: [PreferencePair],
        configuration: DPOConfiguration
    ) throws {
        precondition(!pairs.isEmpty, "there is nothing to train on")
        try configuration.validate()
        for pair in pairs {
            for sequence in pair.sequences {
                try policy.requireKnown(sequence.tokens, path: "\(pair.source)")
            }
        }
        self.policy = policy
        self.reference = reference
        self.pairs = pairs
        self.configuration = configuration
        objective = .sigmoid(beta: configuration.beta)
        let stepsPerEpoch = (pairs.count - 1) / configuration.batchSize + 1
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
        gradients = GradientBuffer(policy.trainedParameters)
    }

    /// Trains to the end, or until `afterStep` says to stop.
    ///
    /// - Throws: `TrainingError` where the first step finds the policy unlike the reference, or a
    ///   loss or gradient is not finite; `TorchError`; what `afterStep` throws.
    public func train(afterStep: (StepMetrics) throws -> TrainingDecision) throws {
        let order = EpochOrder(count: pairs.count, seed: configuration.seed)
        var step = 0
        for epoch in 0... {
            let indices =
                configuration.shuffles ? order.indices(epoch: epoch) : Array(pairs.indices)
            for start in stride(from: 0, to: pairs.count, by: configuration.batchSize) {
                guard step < totalSteps else { return }
                let end = min(start + configuration.batchSize, pairs.count)
                var metrics = try run(indices[start..<end].map { pairs[$0] }, step: step)
                step += 1
                metrics.epoch = Double(epoch) + Double(end) / Double(pairs.count)
                guard case .continue = try afterStep(metrics) else { return }
            }
        }
    }

    /// One optimizer step.
    private func run(_ pairs: [PreferencePair], step: Int) throws -> StepMetrics {
        let clock = ContinuousClock()
        let start = clock.now
        var sums = MetricSums()
        // A step that failed leaves what it had collected.
        try gradients.clear()
        let groups = pairs.map(\.sequences)
        let microBatches = PackedBatch.microBatches(
            of: groups,
            tokenLimit: configuration.microBatchTokens,
            sharingPrefixes: configuration.sharesPrefixes,
            lengthClass: policy.lengthClass
        )
        for (index, range) in microBatches.enumerated() {
            let place = DropoutPlace(seed: configuration.seed, step: step, microBatch: index)
            try policy.dropping(at: place) {
                try differentiate(Array(groups[range]), pairsOfStep: pairs.count, into: &sums)
            }
        }

        var metrics = StepMetrics()
        metrics.step = step + 1
        metrics.learningRate = schedule.rate(step: step)
        sums.fill(&metrics)
        try requireFinite(metrics.loss, "loss", step: metrics.step, pairs)
        if step == 0, policy.adapter?.startsApart != true { try checkStart(metrics, sums) }
        metrics.gradientNorm = try update(learningRate: metrics.learningRate) { norm in
            try requireFinite(norm, "gradient", step: metrics.step, pairs)
        }

        let tokens = groups.joined().reduce(0) { $0 + $1.tokens.count }
        tokenCount += tokens
        metrics.tokenCount = tokenCount
        metrics.seconds = (clock.now - start) / .seconds(1)
        metrics.pairsPerSecond = Double(pairs.count) / metrics.seconds
        metrics.tokensPerSecond = Double(tokens) / metrics.seconds
        metrics.peakByteCount = PeakMemory.byteCount
        return metrics
    }

    /// Forward and backward of a micro-batch, whose loss counts by its share of the step's pairs.
    private func differentiate(
        _ groups: [[TokenSequence]],
        pairsOfStep: Int,
        into sums: inout MetricSums
    ) throws {
        let batch = PackedBatch(
            groups: groups,
            sharingPrefixes: configuration.sharesPrefixes,
            lengthClass: policy.lengthClass
        )
        let referenceScores = try withoutGradients { try SequenceScores(reference, batch) }
        let policyScores = try SequenceScores(policy, batch, withStatistics: true)
        let scores = try PairScores(policy: policyScores.sums, reference: referenceScores.sums)
        let losses = try objective.losses(scores)
        try (losses.sum() / Double(pairsOfStep)).backward()
        try gradients.collect()
        try sums.add(
            batch,
            losses: losses,
            scores: scores,
            statistics: policyScores.tokens.statistics,
            beta: objective.beta
        )
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
        _ pairs: [PreferencePair]
    ) throws {
        guard !value.isFinite else { return }
        let sources = pairs.map { "\($0.source)" }
        throw TrainingError.notFinite(quantity: quantity, step: step, pairs: sources)
    }

    /// Before the first update policy and reference are the same, and so must be their numbers.
    private func checkStart(_ metrics: StepMetrics, _ sums: MetricSums) throws {
        // Both ran the same kernels on the same weights; only a different order of threads may
        // show, far below this.
        guard sums.largestLogRatio <= 1e-2,
            abs(metrics.loss - objective.lossAtReference) <= 1e-2
        else {
            throw TrainingError.policyIsNotReference(
                loss: metrics.loss,
                expected: objective.lossAtReference,
                largestLogRatio: sums.largestLogRatio
            )
        }
    }
}
