extension Objective {
    /// Conservative DPO.
    public static let cdpo = Objective(
        name: "cdpo",
        summary: "DPO for labels of which a share is wrong: the margin has a finite best value",
        formula: "−(1−ε)·log σ(β·h) − ε·log σ(−β·h)",
        advice: "For noisy labels. The best margin is log((1−ε)/ε)/β instead of infinity.",
        source: "Mitchell 2023, \"A note on DPO with noisy preferences\"",
        otherNames: [
            "dpo with label_smoothing (original DPO, torchtune, OpenRLHF)",
            "sigmoid with label_smoothing (older TRL, ms-swift)",
        ],
        parameters: [.beta, .labelSmoothing(0.1)],
        allowsDivergence: true,
        allowsMargin: true,
        loss: .eachPair { pair, context in
            let x = context.reward(pair)
            let smoothing = context[.labelSmoothing]
            return -(1 - smoothing) * logSigmoid(x) - smoothing * logSigmoid(-x)
        }
    )
}
