import Objectives
import PreferenceData
import TokenTrees
import Torch

extension StepComputation {
    /// Means over preferences, as the steps of training have them, without gradients or dropout.
    ///
    /// Exact whatever the size of steps and micro-batches: a mean over tokens is one over all
    /// tokens. Where one preference's loss depends on others, these are those of its step, and each
    /// step begins with what the objective remembers now. Routers' losses are left out.
    ///
    /// - Parameter receive: gets the reward of every preference.
    func evaluate(
        _ preferences: some Collection<Preference>,
        state: ObjectiveState,
        receive: (Evaluation.Reward) -> Void
    ) throws -> StepMetrics {
        let counts = StepCounts(preferences, objective.kind)
        var metrics = StepMetrics()
        var sums = MetricSums()
        var mismatched = 0.0
        var rest = preferences[...]
        while !rest.isEmpty {
            let step = Array(rest.prefix(configuration.batchSize))
            rest = rest.dropFirst(step.count)
            let logRatio = objective.needsMismatchedAnswers ? try mismatchedLogRatio(step) : 0
            mismatched += logRatio * Double(step.count)
            let microBatches = microBatches(of: step, step: 0)
            for group in objective.couplesStep ? [microBatches] : microBatches.map({ [$0] }) {
                let scored = ScoredStep(
                    joining: try group.map { microBatch in
                        let forward = try microBatch.computing {
                            try withoutGradients { try self.forward(microBatch, dropping: false) }
                        }
                        sums.add(
                            microBatch.batch,
                            isChosen: microBatch.isChosen,
                            statistics: try forward.statistics()
                        )
                        return try self.scored(
                            microBatch,
                            forward,
                            tokens: forward.tokens().map { Scalar(Double($0)) }
                        )
                    }
                )
                var state = state
                let losses = objective.losses(
                    scored,
                    counts: counts,
                    mismatchedLogRatio: logRatio,
                    state: &state
                )
                sums.add(losses: losses.map(\.value))
                sums.add(scored, objective)
                rewards(of: scored, group.flatMap(\.preferences)).forEach(receive)
            }
        }
        sums.fill(&metrics)
        metrics.judgesAnswers = objective.judgesAnswers
        if objective.needsMismatchedAnswers { metrics.kl = mismatched / Double(preferences.count) }
        return metrics
    }

    /// One reward for each pair, labelled answer or ranking.
    private func rewards(
        of step: ScoredStep,
        _ preferences: [Preference]
    ) -> [Evaluation.Reward] {
        switch objective.reported(step) {
        case .pairs(let pairs):
            let sources = preferences.flatMap { preference in
                preference.judgement.comparisons.map { _ in preference.source }
            }
            return zip(pairs, sources).map { pair, source in
                Evaluation.Reward(
                    source: source,
                    rewards: [pair.chosen, pair.rejected].map(objective.reward),
                    judgement: .pair
                )
            }
        case .labelled(let answers):
            return zip(answers, preferences).map { answer, preference in
                Evaluation.Reward(
                    source: preference.source,
                    rewards: [objective.reward(answer.score)],
                    judgement: preference.judgement
                )
            }
        case .rankings(let rankings):
            return zip(rankings, preferences).map { ranking, preference in
                Evaluation.Reward(
                    source: preference.source,
                    rewards: ranking.answers.map(objective.reward),
                    judgement: preference.judgement
                )
            }
        }
    }
}
