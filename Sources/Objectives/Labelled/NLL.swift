extension Objective {
    /// Supervised fine-tuning.
    public static let nll = Objective(
        name: "nll",
        summary: "the likelihood of wanted answers, a mean over all their tokens of the step",
        formula: "−Σ log π(answer) / Σ tokens",
        advice: "Supervised fine-tuning: what `penchant sft` trains with.",
        source: "TRL's SFTTrainer; the sum over the step's tokens by their number",
        otherNames: ["SFTTrainer with nll (TRL)", "sft (LLaMA-Factory's stage)"],
        needsReference: false,
        takesUnwanted: false,
        reads: .tokens,
        loss: .eachAnswer { answer, context in context.likelihoodLoss(answer.score) }
    )
}
