extension Objective {
    /// BCO.
    public static let bco = Objective(
        name: "bco",
        summary: "a classifier of answers with thumbs up or down, shifted by the rewards' mean",
        formula: "−w₊·log σ(β·r − δ) where wanted, −w₋·log σ(−(β·r − δ)) where not",
        advice: "For unpaired labels; steadier than KTO where labels are noisy.",
        source: "Jung et al. 2024, arXiv:2404.04656",
        otherNames: ["BCOTrainer (older TRL)"],
        parameters: [
            .beta, .nonNegative(.desirableWeight, 1), .nonNegative(.undesirableWeight, 1),
        ],
        referencePoint: .runningMean,
        loss: .eachAnswer { answer, context in
            let surplus = context[.beta] * answer.score.logRatio - context.referencePoint
            return answer.isWanted
                ? -context[.desirableWeight] * logSigmoid(surplus)
                : -context[.undesirableWeight] * logSigmoid(-surplus)
        }
    )
}
