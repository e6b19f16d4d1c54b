extension Objective {
    /// AlphaPO.
    public static let alphapo = Objective(
        name: "alphapo",
        summary: "SimPO with a reward whose shape α bends: p^(−α) in the place of log p",
        formula: "−log σ(β·(r(chosen) − r(rejected)) − γ), r = (1 − p^(−α))/α, p per token",
        advice:
            "As SimPO; small α, of either sign, damps or sharpens the pull of unlikely answers.",
        source: "Gupta et al. 2025, arXiv:2501.03884",
        otherNames: ["alphapo (TRL's CPO trainer; its alpha is 0 by default, which is SimPO)"],
        parameters: [
            .positive(.beta, 2), .nonNegative(.gamma, 0.5),
            ObjectiveParameter(name: .alpha, defaultValue: 0.25, range: "a number") { $0.isFinite },
        ],
        needsReference: false,
        allowsMargin: true,
        reads: .means,
        loss: .eachPair { pair, context in
            let alpha = context[.alpha]
            func reward(_ logProbability: Scalar) -> Scalar {
                // The limit: the quotient itself would lose all its digits.
                abs(alpha) < 1e-6
                    ? logProbability : (1 - boundedExponential(-alpha * logProbability)) / alpha
            }
            return -logSigmoid(
                context[.beta] * (reward(pair.chosen.mean) - reward(pair.rejected.mean))
                    - context[.gamma] - pair.margin
            )
        }
    )
}
