extension Objective {
    /// DPO on means over tokens.
    public static let sigmoidNorm = Objective(
        name: "sigmoid_norm",
        summary: "DPO with each answer's log-ratio per token",
        formula: "−log σ(β·h̄), h̄ of log-ratios divided by each answer's tokens",
        advice:
            "Against a taste for length. Margins shrink by the length: take β ten times larger.",
        source: "Lambert et al. 2024 (Tülu 3), arXiv:2411.15124",
        otherNames: [
            "sigmoid_norm (TRL)", "dpo_norm (open-instruct, β 5)",
            "mean (VerMind, minimind of 2025)",
        ],
        parameters: [.beta],
        allowsDivergence: true,
        allowsMargin: true,
        reads: .means,
        loss: .eachPair { pair, context in
            -logSigmoid(context[.beta] * context.meanMargin(pair) - pair.margin)
        }
    )
}
