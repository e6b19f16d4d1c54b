extension Objective {
    /// APO-zero.
    public static let apoZero = Objective(
        name: "apo_zero",
        summary: "chosen answers up and rejected ones down, each against the reference",
        formula: "1 − σ(β·a) + σ(β·d)",
        advice: "Where the chosen answers are better than what the model itself would say.",
        source: "D'Oosterlinck et al. 2024, arXiv:2408.06266, equation 7",
        otherNames: ["apo_zero (TRL)"],
        parameters: [.beta],
        loss: .eachPair { pair, context in
            1 - logistic(context[.beta] * pair.chosen.logRatio)
                + logistic(context[.beta] * pair.rejected.logRatio)
        }
    )

    /// APO-down.
    public static let apoDown = Objective(
        name: "apo_down",
        summary: "both answers down, the rejected one further",
        formula: "σ(β·a) + 1 − σ(β·(a−d))",
        advice: "Where the model is already better than the chosen answers.",
        source: "D'Oosterlinck et al. 2024, arXiv:2408.06266, equation 8",
        otherNames: ["apo_down (TRL)"],
        parameters: [.beta],
        loss: .eachPair { pair, context in
            logistic(context[.beta] * pair.chosen.logRatio) + 1
                - logistic(context[.beta] * pair.logRatioMargin)
        }
    )
}
