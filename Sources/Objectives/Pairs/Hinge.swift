extension Objective {
    /// The hinge of a support vector machine on DPO's margin.
    public static let hinge = Objective(
        name: "hinge",
        summary: "pushes pairs apart until their margin is 1, and then leaves them alone",
        formula: "max(0, 1 − β·h)",
        advice: "Where pairs that are won already should no longer move the model.",
        source: "Liu et al. 2023 (RSO), arXiv:2309.06657",
        otherNames: ["hinge (TRL)", "RSOLoss (torchtune)"],
        parameters: [.beta],
        allowsDivergence: true,
        allowsMargin: true,
        loss: .eachPair { pair, context in
            positivePart(1 - context.reward(pair))
        }
    )
}
