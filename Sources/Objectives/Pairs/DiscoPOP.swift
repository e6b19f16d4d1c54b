extension Objective {
    /// The objective that a language model found.
    public static let discopop = Objective(
        name: "discopop",
        summary: "a blend of the logistic and the exponential loss, found by search",
        formula: "−log σ(x)·(1−m) + e^(−x)·m, x = β·h, m = σ(x/τ)",
        advice: "Not convex; as good as DPO in its paper. For comparisons.",
        source: "Lu et al. 2024, arXiv:2406.08414, equation 5 (LRML)",
        otherNames: ["discopop (TRL)"],
        parameters: [.beta, .positive(.temperature, 0.05)],
        allowsDivergence: true,
        allowsMargin: true,
        loss: .eachPair { pair, context in
            let x = context.reward(pair)
            let sharpened = x / context[.temperature]
            // e^(−x)·m as one exponential: apart, the first may be infinite where the other is 0.
            return -logSigmoid(x) * logistic(-sharpened)
                + boundedExponential(logSigmoid(sharpened) - x)
        }
    )
}
