extension Objective {
    /// DPO on all pairs of a ranking.
    public static let allPairs = Objective(
        name: "all_pairs",
        summary: "DPO on every two answers of a ranking, their losses averaged",
        formula: "mean over i ranked above j of −log σ(β·(r_i − r_j)), r the log-ratio",
        advice: "For K ranked answers, where each comparison should count alike.",
        source: "Ouyang et al. 2022 (InstructGPT), arXiv:2203.02155, equation 1, on DPO's rewards",
        parameters: [.beta],
        loss: .rankings { rankings, context in
            rankings.map { ranking in
                let rewards = ranking.answers.map { context[.beta] * $0.logRatio }
                let losses = rewards.indices.flatMap { better in
                    rewards.indices.filter { ranking.ranks[better] < ranking.ranks[$0] }.map {
                        -logSigmoid(rewards[better] - rewards[$0])
                    }
                }
                return losses.sum() / Double(max(1, losses.count))
            }
        }
    )
}
