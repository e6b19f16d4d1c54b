extension Objective {
    /// APO-zero on labelled answers.
    public static let apoZeroUnpaired = Objective(
        name: "apo_zero_unpaired",
        summary: "wanted answers up and unwanted ones down, each against the reference",
        formula: "w₊·(1 − σ(β·r)) where wanted, w₋·σ(β·r) where not",
        advice: "KTO without its reference point, and so without its further forward pass.",
        source: "D'Oosterlinck et al. 2024, arXiv:2408.06266, equation 7, without pairs",
        otherNames: ["apo_zero_unpaired (TRL's KTO trainer)"],
        parameters: [
            .beta, .nonNegative(.desirableWeight, 1), .nonNegative(.undesirableWeight, 1),
        ],
        loss: .eachAnswer { answer, context in
            let reward = context[.beta] * answer.score.logRatio
            return answer.isWanted
                ? context[.desirableWeight] * (1 - logistic(reward))
                : context[.undesirableWeight] * logistic(reward)
        }
    )
}
