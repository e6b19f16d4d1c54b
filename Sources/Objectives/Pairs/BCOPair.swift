extension Objective {
    /// BCO on pairs without a running mean, as TRL has it.
    public static let bcoPair = Objective(
        name: "bco_pair",
        summary: "a classifier of answers: chosen ones above the reference, rejected ones below",
        formula: "−log σ(β·a) − log σ(−β·d)",
        advice: "Each side has its own goal; as a part of MPO it keeps rewards absolute.",
        source: "Jung et al. 2024, arXiv:2404.04656, with δ = 0",
        otherNames: ["bco_pair (TRL)"],
        parameters: [.beta],
        loss: .eachPair(bcoLoss)
    )

    /// BCO on pairs with the running mean of rewards between the two sides.
    public static let bcoPairShifted = Objective(
        name: "bco_pair_shifted",
        summary: "bco_pair with the running mean of rewards as the border between the sides",
        formula: "−log σ(β·a − δ) − log σ(−(β·d − δ)), δ the running mean of both rewards",
        advice: "Where both sides' rewards drift together, as they do with DPO.",
        source: "Jung et al. 2024, arXiv:2404.04656",
        otherNames: ["bco_pair (LLaMA-Factory's pref_bco_weight, ms-swift)"],
        parameters: [.beta],
        referencePoint: .runningMean,
        loss: .eachPair(bcoLoss)
    )

    private static let bcoLoss: @Sendable (ScoredPair, ObjectiveContext) -> Scalar = {
        pair,
        context in
        -logSigmoid(context[.beta] * pair.chosen.logRatio - context.referencePoint)
            - logSigmoid(context.referencePoint - context[.beta] * pair.rejected.logRatio)
    }
}
