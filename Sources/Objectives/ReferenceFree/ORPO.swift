extension Objective {
    /// ORPO.
    public static let orpo = Objective(
        name: "orpo",
        summary: "likelihood of chosen answers and the odds against rejected ones, in one stage",
        formula: "−Σ log π(chosen)/Σ tokens − β·log σ(log odds(chosen) − log odds(rejected))",
        advice: "From a base model directly, in place of fine-tuning and then preferences.",
        source: "Hong, Lee and Thorne 2024, arXiv:2403.07691, equations 4 and 7",
        otherNames: ["ORPOTrainer (TRL)", "orpo (LLaMA-Factory; β is its λ)"],
        parameters: [.beta],
        needsReference: false,
        reads: .means,
        loss: .eachPair { pair, context in
            let odds = logOdds(pair.chosen.mean) - logOdds(pair.rejected.mean)
            return context.likelihoodLoss(pair) - context[.beta] * logSigmoid(odds)
        }
    )

    /// log(p / (1 − p)) of a log-probability.
    private static func logOdds(_ logProbability: Scalar) -> Scalar {
        logProbability - logOneMinusExponential(logProbability)
    }
}
