extension Objective {
    /// Supervised fine-tuning on the chosen answers.
    public static let sft = Objective(
        name: "sft",
        summary: "the likelihood of chosen answers, a mean over all their tokens of the step",
        formula: "−Σ log π(chosen) / Σ tokens",
        advice: "Beside another objective (RPO, MPO), to keep chosen answers likely.",
        source: "Pang et al. 2024 (RPO), arXiv:2404.19733, second term",
        otherNames: ["sft (TRL)", "nll_loss", "rpo_alpha (ms-swift)", "pref_ftx (LLaMA-Factory)"],
        needsReference: false,
        reads: .tokens,
        loss: .eachPair { pair, context in context.likelihoodLoss(pair) }
    )
}
