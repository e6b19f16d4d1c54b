extension Objective {
    /// DPO.
    public static let sigmoid = Objective(
        name: "sigmoid",
        summary: "DPO: the chosen answer is to be more probable, measured against the reference",
        formula: "−log σ(β·h)",
        advice: "The place to start. β·h has no end: with clean data and many epochs it overfits.",
        source: "Rafailov et al. 2023, arXiv:2305.18290, equation 7",
        otherNames: ["dpo (original DPO, OpenRLHF, open-instruct)", "sigmoid (TRL)"],
        parameters: [.beta],
        allowsDivergence: true,
        allowsMargin: true,
        loss: .eachPair { pair, context in -logSigmoid(context.reward(pair)) }
    )
}
