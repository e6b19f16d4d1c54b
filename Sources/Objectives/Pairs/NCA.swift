extension Objective {
    /// NCA on pairs.
    public static let ncaPair = Objective(
        name: "nca_pair",
        summary: "raises the chosen answer itself, and not only against the rejected one",
        formula: "−log σ(β·a) − ½·log σ(−β·a) − ½·log σ(−β·d)",
        advice: "Where the likelihood of chosen answers must not fall.",
        source: "Chen et al. 2024, arXiv:2402.05369",
        otherNames: ["nca_pair (TRL)"],
        parameters: [.beta],
        loss: .eachPair { pair, context in
            let chosen = context[.beta] * pair.chosen.logRatio
            let rejected = context[.beta] * pair.rejected.logRatio
            return -logSigmoid(chosen) - 0.5 * logSigmoid(-chosen) - 0.5 * logSigmoid(-rejected)
        }
    )
}
