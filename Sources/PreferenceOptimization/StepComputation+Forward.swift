import LanguageModels
import Objectives
import PreferenceData
import TokenTrees
import Torch

extension StepComputation {
    /// What both models say of a micro-batch.
    struct Forward {
        /// The policy's, with their history.
        let scores: SequenceScores
        /// Log-probabilities of the policy.
        let tokens: [Float]
        /// Log-probabilities of the reference, where there is one.
        let referenceTokens: [Float]?
        /// As in `SequenceScores.logCollisions`, where the objective takes them.
        let logCollisions: [Float]?
        /// As in `TokenScores.statistics`, entry after entry.
        let statistics: [Float]
    }

    /// Runs both models.
    ///
    /// The host waits for the device once, when both are done.
    ///
    /// - Parameter dropping: whether the policy drops what training drops.
    func forward(
        _ microBatch: MicroBatch,
        dropping: Bool = true,
        tracing trace: RouterTrace? = nil
    ) throws -> Forward {
        NumberInspection.nameRows(microBatch.source)
        let kept = try keptReference?.logProbabilities(of: microBatch.groups)
        let reference = try referenceScores(microBatch)
        try NumberInspection.look(
            at: (kept ?? reference?.elements(as: Float.self) ?? []).map(Double.init),
            "reference log-probabilities",
            .output
        ) { [microBatch].source(ofToken: $0) }
        let scores =
            try dropping
            ? score(microBatch, tracing: trace) : scoreWhole(microBatch, tracing: trace)
        let all = [
            scores.logProbabilities, scores.tokens.statistics, reference, scores.logCollisions,
        ]
        var read = try all.compactMap(\.self).elements()[...]
        let numbers = all.map { $0 == nil ? nil : read.removeFirst() }
        return Forward(
            scores: scores,
            tokens: numbers[0] ?? [],
            referenceTokens: kept ?? numbers[2],
            logCollisions: numbers[3],
            statistics: numbers[1] ?? []
        )
    }

    /// The log-probabilities of a reference that is not kept; nil where there is none.
    private func referenceScores(_ microBatch: MicroBatch) throws -> Tensor? {
        try reference.map { reference in
            let tokens = try OperationProfile.section(.reference) {
                try withoutGradients {
                    try NumberInspection.prefixed("reference ") {
                        try SequenceScores(reference, microBatch.batch).logProbabilities
                    }
                }
            }
            reference.releasePages()
            return tokens
        }
    }

    /// What an objective takes.
    ///
    /// - Parameter tokens: log-probabilities of the policy.
    func scored(
        _ microBatch: MicroBatch,
        _ forward: Forward,
        tokens: [Scalar]
    ) -> ScoredStep {
        microBatch.scored(
            objective.kind,
            tokens: tokens,
            reference: forward.referenceTokens,
            logCollisions: forward.logCollisions
        )
    }

    func score(
        _ microBatch: MicroBatch,
        tracing trace: RouterTrace? = nil
    ) throws -> SequenceScores {
        try policy.dropping(at: microBatch.dropout) {
            try scoreWhole(microBatch, tracing: trace)
        }
    }

    /// Nothing is dropped, unless it runs inside `dropping`.
    private func scoreWhole(
        _ microBatch: MicroBatch,
        tracing trace: RouterTrace?
    ) throws -> SequenceScores {
        try SequenceScores(
            policy,
            microBatch.batch,
            withStatistics: true,
            withCollisions: objective.needsCollisions,
            tracing: trace,
            checkpointing: configuration.activationCheckpointing
        )
    }

    /// KTO's z: how much more probable than the reference the policy finds answers that do not
    /// belong to their prompts; the mean over the step, at least 0, in nats.
    func mismatchedLogRatio(_ preferences: [Preference]) throws -> Double {
        // One answer alone would be its own measure.
        guard let reference, preferences.count > 1 else { return 0 }
        let mismatched = preferences.mismatched(limit: configuration.maximumLength)
        let sum = try withoutGradients {
            // Nothing is dropped, so the step does not matter.
            try microBatches(of: mismatched, step: 0).reduce(0) { sum, microBatch in
                let scores = try [policy, reference].map { model in
                    let tokens = try microBatch.computing {
                        try SequenceScores(model, microBatch.batch).logProbabilities
                            .elements(as: Float.self)
                    }
                    return microBatch.sequences.reduce(0) { sum, sequence in
                        tokens[microBatch.tokens(ofSequence: sequence)].reduce(sum) {
                            $0 + Double($1)
                        }
                    }
                }
                return sum + scores[0] - scores[1]
            }
        }
        return max(0, sum / Double(mismatched.count))
    }

    /// Where either model places sequences of two lengths differently, they share no rows.
    func lengthClass(_ length: Int) -> Int {
        max(policy.lengthClass(length), reference?.lengthClass(length) ?? 0)
    }
}
