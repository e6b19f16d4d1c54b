extension ObjectiveSelection {
    /// The losses of a step, whose mean training makes small: one per pair, answer or ranking.
    ///
    /// A loss is multiplied with its preference's weight, and the mean is over preferences, not
    /// over weights: so WPO has it too.
    ///
    /// - Parameters:
    ///   - step: of this selection's kind. A micro-batch alone only where `couplesStep` is false.
    ///   - counts: of the whole step.
    ///   - mismatchedLogRatio: KTO's z, where `needsMismatchedAnswers`; in nats, at least 0.
    ///   - state: what objectives remember; the step is added to it.
    public func losses(
        _ step: ScoredStep,
        counts: StepCounts,
        mismatchedLogRatio: Double = 0,
        state: inout ObjectiveState
    ) -> [Scalar] {
        var weights = step.weights
        if modifiers.usesPolicyWeights, case .pairs(let pairs) = step {
            weights = zip(weights, pairs).map { $0 * $1.policyWeight }
        }
        var factor = 1.0
        if let adaptive = modifiers.adaptiveBeta, case .pairs(let pairs) = step {
            let margins = pairs.map(\.logRatioMargin.value)
            factor = state.betaFactor(margins: margins, adaptive)
        }
        var sums: [Scalar] = []
        for term in terms {
            var values = term.values
            if factor != 1, term.objective.allowsAdaptiveBeta, let beta = values[.beta] {
                values[.beta] = max(1e-3, beta * factor)
            }
            let scores = modifiers.apply(to: step, for: term.objective)
            let referencePoint: Double
            switch term.objective.referencePoint {
            case .none: referencePoint = 0
            case .mismatchedAnswers: referencePoint = mismatchedLogRatio
            case .runningMean:
                let rewards = scores.answers.map { (values[.beta] ?? 1) * $0.logRatio.value }
                state.rewards[term.objective.name, default: .init()].add(rewards)
                referencePoint = state.rewards[term.objective.name]?.mean ?? 0
            }
            let context = ObjectiveContext(
                term.objective,
                values: values,
                divergence: modifiers.divergence,
                referencePoint: referencePoint,
                counts: counts
            )
            let losses = term.objective.losses(scores, context).map { term.weight * $0 }
            sums = sums.isEmpty ? losses : zip(sums, losses).map { $0 + $1 }
        }
        return zip(sums, weights).map { $0 * $1 }
    }

    /// The scores that reports are made of: as the first objective sees them.
    public func reported(_ step: ScoredStep) -> ScoredStep {
        terms.first.map { modifiers.apply(to: step, for: $0.objective) } ?? step
    }

    /// What reports call the reward of an answer: β times its log-ratio, or, where there is no
    /// reference, its log-probability, per token where the objective takes it so.
    public func reward(_ answer: AnswerScore) -> Double {
        guard !needsReference else { return rewardScale * answer.logRatio.value }
        let isMean = terms.first?.objective.reads == .means
        return rewardScale * (isMean ? answer.mean.value : answer.policy.value)
    }
}

extension Objective {
    /// The losses of a step, which is of the objective's kind.
    func losses(_ step: ScoredStep, _ context: ObjectiveContext) -> [Scalar] {
        switch (loss, step) {
        case (.pairs(let loss), .pairs(let pairs)): return loss(pairs, context)
        case (.labelled(let loss), .labelled(let answers)): return loss(answers, context)
        case (.rankings(let loss), .rankings(let rankings)): return loss(rankings, context)
        default: preconditionFailure("\(name) is not for such data")
        }
    }
}
