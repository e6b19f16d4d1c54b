extension Objective {
    /// DPO for rankings.
    public static let plackettLuce = Objective(
        name: "plackett_luce",
        summary: "DPO for rankings: each answer is to win against all that are ranked below it",
        formula: "−Σ_k (r_k − log Σ_{j ranked below k, or k} exp r_j), r = β·log-ratio",
        advice: "For K ranked answers; with two it is sigmoid.",
        source: "Rafailov et al. 2023, arXiv:2305.18290, appendix A.3",
        parameters: [.beta],
        loss: .rankings { rankings, context in
            rankings.map { ranking in
                let rewards = ranking.answers.map { context[.beta] * $0.logRatio }
                return rewards.indices.map { index -> Scalar in
                    let below = rewards.indices.filter { ranking.ranks[$0] > ranking.ranks[index] }
                    // Answers of one rank are not compared, so each meets what is below it alone.
                    guard !below.isEmpty else { return Scalar(0) }
                    return logSumExponential([rewards[index]] + below.map { rewards[$0] })
                        - rewards[index]
                }.sum()
            }
        }
    )
}
