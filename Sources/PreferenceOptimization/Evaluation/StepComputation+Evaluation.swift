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
    /// - Returns: the means, and the rewards of every preference in their order where they are to
    ///   be kept.
    func evaluate(
        _ preferences: some RandomAccessCollection<Preference>,
        state: ObjectiveState,
        keepsRewards: Bool
    ) throws -> (metrics: StepMetrics, rewards: [Evaluation.Reward]) {
        let counts = StepCounts(preferences, objective.kind)
        var metrics = StepMetrics()
        var sums = MetricSums()
        var mismatched = 0.0
        var rewards: [(row: Int, rewards: [Evaluation.Reward])] = []
        for rows in configuration.order(of: preferences, shuffling: false).steps(epoch: 0) {
            let step = rows.map {
                preferences[preferences.index(preferences.startIndex, offsetBy: $0)]
            }
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
                            answers: microBatch.answers,
                            statistics: forward.statistics
                        )
                        return self.scored(
                            microBatch,
                            forward,
                            tokens: forward.tokens.map { Scalar(Double($0)) }
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
                guard keepsRewards else { continue }
                let places = group.flatMap(\.places).map { rows[rows.startIndex + $0] }
                let found = self.rewards(of: scored, group.flatMap(\.preferences))
                rewards += zip(places, found).map { ($0, $1) }
            }
        }
        sums.fill(&metrics)
        metrics.judgesAnswers = objective.judgesAnswers
        if objective.needsMismatchedAnswers { metrics.kl = mismatched / Double(preferences.count) }
        return (metrics, rewards.sorted { $0.row < $1.row }.flatMap(\.rewards))
    }

    /// For each preference one reward for each of its pairs, or for its labelled answer or ranking.
    private func rewards(
        of step: ScoredStep,
        _ preferences: [Preference]
    ) -> [[Evaluation.Reward]] {
        switch objective.reported(step) {
        case .pairs(let pairs):
            var rest = pairs[...]
            return preferences.map { preference in
                preference.judgement.comparisons.map { _ in
                    let pair = rest.removeFirst()
                    return Evaluation.Reward(
                        source: preference.source,
                        rewards: [pair.chosen, pair.rejected].map(objective.reward),
                        judgement: .pair
                    )
                }
            }
        case .labelled(let answers):
            return zip(answers, preferences).map { answer, preference in
                [
                    Evaluation.Reward(
                        source: preference.source,
                        rewards: [objective.reward(answer.score)],
                        judgement: preference.judgement
                    )
                ]
            }
        case .rankings(let rankings):
            return zip(rankings, preferences).map { ranking, preference in
                [
                    Evaluation.Reward(
                        source: preference.source,
                        rewards: ranking.answers.map(objective.reward),
                        judgement: preference.judgement
                    )
                ]
            }
        }
    }
}
