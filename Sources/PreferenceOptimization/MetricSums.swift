import Objectives
import TokenTrees

/// Sums over the preferences and tokens of a step, from which its means are made.
struct MetricSums {
    private var losses = 0
    private var loss = 0.0
    private var expectedLoss = 0.0
    private var chosenAnswers = Side()
    private var rejectedAnswers = Side()
    private var comparisons = 0
    private var wins = 0
    private var chosenTokens = 0
    private var rejectedTokens = 0
    private var entropy = 0.0
    private var logitsChosen = 0.0
    private var logitsRejected = 0.0
    private var hits = 0.0
    /// The largest distance of a log-ratio from 0, in nats.
    private(set) var largestLogRatio = 0.0

    /// Sums over chosen answers, or over rejected ones.
    private struct Side {
        var count = 0
        var reward = 0.0
        var logProbability = 0.0

        mutating func add(_ answer: AnswerScore, _ objective: ObjectiveSelection) {
            count += 1
            reward += objective.reward(answer)
            logProbability += answer.policy.value
        }

        func mean(_ sum: KeyPath<Side, Double>) -> Double {
            self[keyPath: sum] / Double(max(1, count))
        }
    }

    /// The mean loss if policy and reference were equal.
    var expectedMeanLoss: Double { expectedLoss / Double(max(1, losses)) }

    /// Adds losses, and what they would be if policy and reference were equal.
    mutating func add(losses values: [Double], expected: [Double] = []) {
        losses += values.count
        loss += values.reduce(0, +)
        expectedLoss += expected.reduce(0, +)
    }

    /// Adds the answers that losses were made of.
    mutating func add(_ step: ScoredStep, _ objective: ObjectiveSelection) {
        switch objective.reported(step) {
        case .pairs(let pairs):
            for pair in pairs { add(pair.chosen, over: pair.rejected, objective) }
        case .rankings(let rankings):
            for ranking in rankings {
                for (better, rank) in ranking.ranks.enumerated() {
                    for (worse, other) in ranking.ranks.enumerated() where rank < other {
                        add(ranking.answers[better], over: ranking.answers[worse], objective)
                    }
                }
            }
        case .labelled(let answers):
            for answer in answers {
                let score = answer.score
                comparisons += 1
                if answer.isWanted {
                    chosenAnswers.add(score, objective)
                    if score.logRatio.value > 0 { wins += 1 }
                } else {
                    rejectedAnswers.add(score, objective)
                    if score.logRatio.value < 0 { wins += 1 }
                }
            }
        }
        guard objective.needsReference else { return }
        for answer in step.answers {
            largestLogRatio = max(largestLogRatio, abs(answer.logRatio.value))
        }
    }

    private mutating func add(
        _ chosen: AnswerScore,
        over rejected: AnswerScore,
        _ objective: ObjectiveSelection
    ) {
        chosenAnswers.add(chosen, objective)
        rejectedAnswers.add(rejected, objective)
        comparisons += 1
        if objective.reward(chosen) > objective.reward(rejected) { wins += 1 }
    }

    /// Adds the tokens of a micro-batch.
    ///
    /// - Parameters:
    ///   - answers: sequences, each as often as a preference has it, and whether it counts as
    ///     chosen or as rejected.
    ///   - statistics: three numbers per entry, as in `TokenScores.statistics`.
    mutating func add(
        _ batch: PackedBatch,
        answers: [(sequence: Int, isChosen: Bool)],
        statistics: [Float]
    ) {
        for (sequence, isChosen) in answers {
            let entries = batch.entries(ofSequence: sequence)
            if isChosen { chosenTokens += entries.count } else { rejectedTokens += entries.count }
            for entry in entries {
                let row = Int(entry) * 3
                entropy += Double(statistics[row])
                if isChosen {
                    logitsChosen += Double(statistics[row + 1])
                    hits += Double(statistics[row + 2])
                } else {
                    logitsRejected += Double(statistics[row + 1])
                }
            }
        }
    }

    /// Fills in the means.
    func fill(_ metrics: inout StepMetrics) {
        metrics.loss = loss / Double(max(1, losses))
        metrics.rewardsChosen = chosenAnswers.mean(\.reward)
        metrics.rewardsRejected = rejectedAnswers.mean(\.reward)
        metrics.rewardsMargin = metrics.rewardsChosen - metrics.rewardsRejected
        metrics.rewardsAccuracy = Double(wins) / Double(max(1, comparisons))
        metrics.logProbabilitiesChosen = chosenAnswers.mean(\.logProbability)
        metrics.logProbabilitiesRejected = rejectedAnswers.mean(\.logProbability)
        metrics.logitsChosen = logitsChosen / Double(max(1, chosenTokens))
        metrics.logitsRejected = logitsRejected / Double(max(1, rejectedTokens))
        metrics.entropy = entropy / Double(max(1, chosenTokens + rejectedTokens))
        metrics.meanTokenAccuracy = hits / Double(max(1, chosenTokens))
    }
}
