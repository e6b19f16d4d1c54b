import LanguageModels
import Objectives
import PreferenceData
import TokenTrees
import Torch

extension StepComputation {
    /// What both models say of a micro-batch.
    struct Forward {
        let scores: SequenceScores
        /// Log-probabilities of the reference, where there is one.
        let referenceTokens: [Float]?

        /// Log-probabilities of the policy.
        func tokens() throws -> [Float] {
            try withoutGradients { try scores.logProbabilities.elements(as: Float.self) }
        }

        /// As in `TokenScores.statistics`.
        func statistics() throws -> [Float] {
            try scores.tokens.statistics?.elements(as: Float.self) ?? []
        }
    }

    /// Runs both models.
    ///
    /// - Parameter dropping: whether the policy drops what training drops.
    func forward(
        _ microBatch: MicroBatch,
        dropping: Bool = true,
        tracing trace: RouterTrace? = nil
    ) throws -> Forward {
        NumberInspection.nameRows(microBatch.source)
        let referenceTokens = try referenceTokens(microBatch)
        NumberInspection.look(
            at: (referenceTokens ?? []).map(Double.init),
            "reference log-probabilities",
            .output
        ) { [microBatch].source(ofToken: $0) }
        return Forward(
            scores: try dropping
                ? score(microBatch, tracing: trace)
                : scoreWhole(microBatch, tracing: trace),
            referenceTokens: referenceTokens
        )
    }

    /// The reference's log-probabilities, sequence after sequence; nil where there is no reference.
    private func referenceTokens(_ microBatch: MicroBatch) throws -> [Float]? {
        if let keptReference { return try keptReference.logProbabilities(of: microBatch.groups) }
        return try reference.map { reference in
            let tokens = try OperationProfile.section(.reference) {
                try withoutGradients {
                    try NumberInspection.prefixed("reference ") {
                        try SequenceScores(reference, microBatch.batch).logProbabilities
                            .elements(as: Float.self)
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
    ) throws -> ScoredStep {
        microBatch.scored(
            objective.kind,
            tokens: tokens,
            reference: forward.referenceTokens,
            logCollisions: try forward.scores.logCollisions?.elements(as: Float.self)
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
