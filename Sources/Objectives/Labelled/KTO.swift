extension Objective {
    /// KTO.
    public static let kto = Objective(
        name: "kto",
        summary: "answers with thumbs up or down, judged against the policy's usual log-ratio z",
        formula:
            "w₊·(1 − σ(β·(r − z))) where wanted, w₋·(1 − σ(β·(z − r))) where not, r the log-ratio",
        advice: "For unpaired labels. Keep (wanted · w₊)/(unwanted · w₋) between 1 and 4/3.",
        source: "Ethayarajh et al. 2024, arXiv:2402.01306, equation 7",
        otherNames: ["kto (TRL, LLaMA-Factory, HALOs)"],
        parameters: [
            .beta, .nonNegative(.desirableWeight, 1), .nonNegative(.undesirableWeight, 1),
        ],
        referencePoint: .mismatchedAnswers,
        loss: .eachAnswer { answer, context in
            let surplus = context[.beta] * (answer.score.logRatio - context.referencePoint)
            return answer.isWanted
                ? context[.desirableWeight] * (1 - logistic(surplus))
                : context[.undesirableWeight] * (1 - logistic(-surplus))
        }
    )
}
