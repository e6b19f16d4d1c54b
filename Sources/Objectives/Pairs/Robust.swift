extension Objective {
    /// Robust DPO.
    public static let robust = Objective(
        name: "robust",
        summary: "DPO that is unbiased where a known share of labels is swapped",
        formula: "(−(1−ε)·log σ(β·h) + ε·log σ(−β·h)) / (1−2ε)",
        advice: "Where the share ε of wrong labels is known. Not bounded below: watch the margins.",
        source: "Chowdhury, Kini and Natarajan 2024, arXiv:2403.00409",
        otherNames: ["robust (TRL)"],
        parameters: [.beta, .labelSmoothing(0.1)],
        allowsDivergence: true,
        allowsMargin: true,
        loss: .eachPair { pair, context in
            let x = context.reward(pair)
            let smoothing = context[.labelSmoothing]
            return (smoothing * logSigmoid(-x) - (1 - smoothing) * logSigmoid(x))
                / (1 - 2 * smoothing)
        }
    )
}
