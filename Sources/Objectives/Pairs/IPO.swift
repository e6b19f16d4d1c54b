extension Objective {
    /// IPO with log-ratios per token, as TRL has it.
    public static let ipo = Objective(
        name: "ipo",
        summary: "the margin, per token, is to be 1/(2β), neither less nor more",
        formula: "(h̄ − 1/(2β))², h̄ of log-ratios divided by each answer's tokens",
        advice: "Against overfitting: the best margin is finite and β sets it.",
        source:
            "Azar et al. 2023, arXiv:2310.12036, equation 17; the averages are its authors' word",
        otherNames: ["ipo (TRL, HALOs, LLaMA-Factory)"],
        parameters: [.beta],
        allowsDivergence: true,
        reads: .means,
        loss: .eachPair { pair, context in
            squared(context.meanMargin(pair) - 1 / (2 * context[.beta]))
        }
    )

    /// IPO on whole answers.
    public static let ipoSum = Objective(
        name: "ipo_sum",
        summary: "IPO with the margin of whole answers, as its equation is written",
        formula: "(h − 1/(2β))²",
        advice: "To compare with the original DPO code and OpenRLHF, which do not average.",
        source: "Azar et al. 2023, arXiv:2310.12036, equation 17",
        otherNames: ["ipo (original DPO, OpenRLHF)"],
        parameters: [.beta],
        allowsDivergence: true,
        loss: .eachPair { pair, context in
            squared(context.margin(pair) - 1 / (2 * context[.beta]))
        }
    )
}
