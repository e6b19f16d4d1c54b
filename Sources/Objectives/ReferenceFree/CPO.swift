extension Objective {
    /// CPO.
    public static let cpo = Objective(
        name: "cpo",
        summary: "DPO with a uniform reference, and the likelihood of chosen answers beside it",
        formula: "−(1−ε)·log σ(β·m) − ε·log σ(−β·m) − w·Σ log π(chosen)/Σ tokens, "
            + "m = log π(chosen) − log π(rejected)",
        advice: "Where a reference does not fit into memory; made for translation.",
        source: "Xu et al. 2024, arXiv:2401.08417",
        otherNames: ["CPOTrainer with sigmoid (TRL; w is cpo_alpha)"],
        parameters: [.beta, .labelSmoothing(0), .nonNegative(.likelihoodWeight, 1)],
        needsReference: false,
        allowsMargin: true,
        loss: .eachPair { pair, context in
            let x = context[.beta] * (pair.chosen.policy - pair.rejected.policy) - pair.margin
            let smoothing = context[.labelSmoothing]
            return -(1 - smoothing) * logSigmoid(x) - smoothing * logSigmoid(-x)
                + context[.likelihoodWeight] * context.likelihoodLoss(pair)
        }
    )
}
