import Objectives
import RunReports
import TestSupport
import Testing
import TokenTrees

@testable import PreferenceOptimization

@Suite struct MetricSumsTests {
    /// Adds pairs given as log-probabilities of policy and reference, chosen before rejected.
    private func add(
        _ batch: PackedBatch,
        losses: [Double],
        policy: [Double],
        reference: [Double],
        statistics: [Float]?,
        to sums: inout MetricSums
    ) throws {
        let answers = zip(policy, reference).map {
            AnswerScore(tokens: [Scalar($0)], referenceTokens: [$1])
        }
        let pairs = stride(from: 0, to: answers.count, by: 2).map {
            ScoredPair(chosen: answers[$0], rejected: answers[$0 + 1])
        }
        sums.add(losses: losses)
        sums.add(.pairs(pairs), try ObjectiveSelection(["sigmoid"], values: [.beta: 0.5]))
        guard let statistics else { return }
        sums.add(
            batch,
            answers: answers.indices.map { ($0, isChosen: $0.isMultiple(of: 2)) },
            statistics: statistics
        )
    }

    private func sequence(_ tokens: [Int32]) -> TokenSequence {
        TokenSequence(tokens: tokens, scored: [1..<tokens.count])
    }

    @Test("all means are over pairs and tokens of the whole step, worked out by hand")
    func byHand() throws {
        var sums = MetricSums()
        // Both answers of pair 1 begin with the tokens 2 and 3, which are entries 0 and 1 and
        // count for both: chosen has entries 0, 1, 2, rejected has 0, 1, 3, 4.
        try add(
            PackedBatch(groups: [[sequence([1, 2, 3, 4]), sequence([1, 2, 3, 5, 6])]]),
            losses: [0.6],
            policy: [-10, -20],
            reference: [-14, -22],
            // Entropy, mean logit, hit of each entry.
            statistics: [1, -1, 1, 2, -2, 0, 3, -3, 1, 4, -4, 1, 5, -5, 0],
            to: &sums
        )
        // Pairs 2 and 3, with entries of their own: 5 and 6 in the first, 7 and 8 in the other.
        try add(
            PackedBatch(groups: [
                [sequence([1, 2]), sequence([1, 3])], [sequence([1, 2]), sequence([1, 3])],
            ]),
            losses: [0.9, 0.3],
            policy: [-1, -2, -3, -4],
            reference: [-1, -2, -1, -5],
            statistics: [6, -6, 0, 7, -7, 0, 8, -8, 1, 9, -9, 1],
            to: &sums
        )
        var metrics = StepMetrics()
        sums.fill(&metrics)
        // (0.6 + 0.9 + 0.3) / 3: not the mean of 0.6 and 0.6.
        expectClose(metrics.loss, 0.6, absolute: 1e-7)
        // Log-ratios: chosen 4, 0, −2; rejected 2, 0, 1.
        expectClose(metrics.rewardsChosen, 0.5 * 2 / 3, absolute: 1e-12)
        expectClose(metrics.rewardsRejected, 0.5 * 3 / 3, absolute: 1e-12)
        expectClose(metrics.rewardsMargin, 0.5 * -1 / 3, absolute: 1e-12)
        // The second pair is a tie, which is no win.
        expectClose(metrics.rewardsAccuracy, 1.0 / 3, absolute: 1e-12)
        expectClose(metrics.logProbabilitiesChosen, -14.0 / 3, absolute: 1e-12)
        expectClose(metrics.logProbabilitiesRejected, -26.0 / 3, absolute: 1e-12)
        // Chosen tokens: 3 + 1 + 1, rejected ones: 4 + 1 + 1.
        expectClose(metrics.logitsChosen, -(1.0 + 2 + 3 + 6 + 8) / 5, absolute: 1e-12)
        expectClose(metrics.logitsRejected, -(1.0 + 2 + 4 + 5 + 7 + 9) / 6, absolute: 1e-12)
        expectClose(metrics.entropy, (20.0 + 28) / 11, absolute: 1e-12)
        expectClose(metrics.meanTokenAccuracy, 3.0 / 5, absolute: 1e-12)
        #expect(sums.largestLogRatio == 4)
    }

    @Test("an answer of two pairs counts for each, on the side where it stands there")
    func sharedAnswer() {
        // Answers A, B and C, one token each: A over B, and B over C.
        let batch = PackedBatch(groups: [[sequence([1, 2]), sequence([1, 3]), sequence([1, 4])]])
        var sums = MetricSums()
        sums.add(
            batch,
            answers: [(0, isChosen: true), (1, isChosen: false), (1, true), (2, false)],
            statistics: [1, -1, 1, 2, -2, 0, 4, -4, 1]
        )
        var metrics = StepMetrics()
        sums.fill(&metrics)
        // Means of −1 and −2, of −2 and −4, and of 1, 2, 2 and 4.
        #expect(metrics.logitsChosen == -1.5)
        #expect(metrics.logitsRejected == -3)
        #expect(metrics.entropy == 2.25)
        #expect(metrics.meanTokenAccuracy == 0.5)
    }

    @Test("a rejected answer far off shows in the largest log-ratio, in either direction")
    func largestLogRatio() throws {
        let batch = PackedBatch(groups: [[sequence([1, 2]), sequence([1, 3])]])
        for rejected in [-9.0, 5] {
            var sums = MetricSums()
            try add(
                batch,
                losses: [1],
                policy: [-1, rejected],
                reference: [-2, -2],
                statistics: nil,
                to: &sums
            )
            #expect(sums.largestLogRatio == 7)
        }
    }

    @Test("labelled answers have means of each label, and win by the sign of their reward")
    func labelled() {
        func answer(_ policy: Double, _ isWanted: Bool) -> ScoredAnswer {
            let score = AnswerScore(tokens: [Scalar(policy)], referenceTokens: [-10])
            return ScoredAnswer(score, isWanted: isWanted)
        }
        var sums = MetricSums()
        let answers = [answer(-8, true), answer(-11, true), answer(-13, false), answer(-10, false)]
        sums.add(.labelled(answers), ObjectiveSelection(.kto))
        var metrics = StepMetrics()
        sums.fill(&metrics)
        // Rewards 0.2, −0.1 and −0.3, 0: the first and the third are as they should be.
        expectClose(metrics.rewardsChosen, 0.05, absolute: 1e-12)
        expectClose(metrics.rewardsRejected, -0.15, absolute: 1e-12)
        expectClose(metrics.rewardsMargin, 0.2, absolute: 1e-12)
        #expect(metrics.rewardsAccuracy == 0.5)
        #expect(metrics.logProbabilitiesChosen == -9.5)
    }

    @Test("without a reference rewards are β times log-probabilities, per token for SimPO")
    func referenceFree() {
        let pair = ScoredPair(
            chosen: AnswerScore(tokens: [Scalar(-1), Scalar(-2)]),
            rejected: AnswerScore(tokens: [Scalar(-4)])
        )
        let rewards: [(Objective, [Double])] = [
            (.simpo, [2 * -1.5, 2 * -4]), (.cpo, [0.1 * -3, 0.1 * -4]),
        ]
        for (objective, expected) in rewards {
            var sums = MetricSums()
            sums.add(.pairs([pair]), ObjectiveSelection(objective))
            var metrics = StepMetrics()
            sums.fill(&metrics)
            expectClose(
                [metrics.rewardsChosen, metrics.rewardsRejected],
                expected,
                absolute: 1e-12
            )
            #expect(metrics.rewardsAccuracy == 1)
            #expect(sums.largestLogRatio == 0)
        }
    }

    @Test("nothing has means of zero, not of nothing over nothing")
    func nothing() {
        var metrics = StepMetrics()
        MetricSums().fill(&metrics)
        #expect(metrics == StepMetrics())
    }

    @Test("metrics have TRL's names, in a fixed order")
    func names() {
        var metrics = StepMetrics()
        metrics.rewardsMargin = 2
        metrics.tokenCount = 3
        #expect(
            metrics.named.map(\.name).prefix(15) == [
                "epoch", "loss", "grad_norm", "learning_rate", "rewards/chosen",
                "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen",
                "logps/rejected", "logits/chosen", "logits/rejected", "entropy",
                "mean_token_accuracy", "num_tokens",
            ]
        )
        #expect(metrics.named.first { $0.name == "rewards/margins" }?.value == .number(2))
        #expect(metrics.named.first { $0.name == "num_tokens" }?.value == .integer(3))
    }
}
