import RunReports
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import PreferenceOptimization

@Suite struct MetricSumsTests {
    static let beta = 0.5

    /// Adds pairs given as log-probabilities of policy and reference, chosen before rejected.
    private func add(
        _ batch: PackedBatch,
        losses: [Float],
        policy: [Float],
        reference: [Float],
        statistics: [Float]?,
        to sums: inout MetricSums
    ) throws {
        try sums.add(
            batch,
            losses: Tensor(losses),
            scores: PairScores(policy: Tensor(policy), reference: Tensor(reference)),
            statistics: statistics.map { try Tensor($0, shape: [$0.count / 3, 3]) },
            beta: Self.beta
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

    @Test("a rejected answer far off shows in the largest log-ratio, in either direction")
    func largestLogRatio() throws {
        let batch = PackedBatch(groups: [[sequence([1, 2]), sequence([1, 3])]])
        for rejected: Float in [-9, 5] {
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
