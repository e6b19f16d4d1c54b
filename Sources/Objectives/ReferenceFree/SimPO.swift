extension Objective {
    /// SimPO.
    public static let simpo = Objective(
        name: "simpo",
        summary: "likelihood per token instead of a reference, with a lead that chosen must have",
        formula: "−log σ(β·(mean chosen − mean rejected) − γ)",
        advice: "Half the forward passes. Needs a careful learning rate: nothing holds the model.",
        source: "Meng, Xia and Chen 2024, arXiv:2405.14734",
        otherNames: ["simpo (TRL's CPO trainer, LLaMA-Factory, SimPO's gamma_beta_ratio = γ/β)"],
        parameters: [.positive(.beta, 2), .nonNegative(.gamma, 0.5)],
        needsReference: false,
        allowsMargin: true,
        reads: .means,
        loss: .eachPair { pair, context in
            -logSigmoid(
                context[.beta] * (pair.chosen.mean - pair.rejected.mean) - context[.gamma]
                    - pair.margin
            )
        }
    )
}
