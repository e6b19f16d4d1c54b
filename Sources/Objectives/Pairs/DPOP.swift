extension Objective {
    /// DPO-positive.
    public static let dpop = Objective(
        name: "dpop",
        summary: "DPO with a penalty where the chosen answer becomes less likely than before",
        formula: "−log σ(β·(h − λ·max(0, −a)))",
        advice: "Where sides differ by little (edits, arithmetic), and DPO pushes both down.",
        source: "Pal et al. 2024 (Smaug), arXiv:2402.13228",
        otherNames: ["dpop (PaddleNLP, mlx-lm-lora)"],
        parameters: [.beta, .nonNegative(.lambda, 50)],
        allowsMargin: true,
        loss: .eachPair { pair, context in
            let penalty = context[.lambda] * positivePart(-pair.chosen.logRatio)
            return -logSigmoid(context[.beta] * (pair.logRatioMargin - penalty) - pair.margin)
        }
    )
}
