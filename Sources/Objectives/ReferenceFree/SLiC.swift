extension Objective {
    /// SLiC.
    public static let slic = Objective(
        name: "slic",
        summary: "the chosen answer is to lead by γ nats, and to stay likely",
        formula: "max(0, γ − log π(chosen) + log π(rejected)) − w·Σ log π(chosen)/Σ tokens",
        advice: "The oldest of the family; for comparisons.",
        source: "Zhao et al. 2023 (SLiC-HF), arXiv:2305.10425",
        otherNames: ["slic (HALOs; γ is its beta, w its lambda)"],
        parameters: [.nonNegative(.gamma, 1), .nonNegative(.likelihoodWeight, 0.1)],
        needsReference: false,
        loss: .eachPair { pair, context in
            positivePart(context[.gamma] - pair.chosen.policy + pair.rejected.policy)
                + context[.likelihoodWeight] * context.likelihoodLoss(pair)
        }
    )
}
