extension Objective {
    /// SPPO with hard labels.
    public static let sppoHard = Objective(
        name: "sppo_hard",
        summary: "brings each log-ratio to its own goal, as if answers won or lost for certain",
        formula: "(a − 1/(2β))² + (d + 1/(2β))²",
        advice: "For rounds of self-play, where both sides come from the model itself.",
        source: "Wu et al. 2024, arXiv:2405.00675, equation 4.7",
        otherNames: ["sppo_hard (TRL, PaddleNLP)"],
        parameters: [.beta],
        loss: .eachPair { pair, context in
            let goal = 0.5 / context[.beta]
            return squared(pair.chosen.logRatio - goal) + squared(pair.rejected.logRatio + goal)
        }
    )
}
