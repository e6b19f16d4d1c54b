import Objectives

extension Objective {
    /// The loss as the text has it: its scores are `-seq_logps`, so every log-ratio is negated.
    ///
    /// It is also how a program adds an objective of its own.
    static let invertedSign = Objective(
        name: "inverted_sign",
        summary: "the text's loss, with its sign",
        formula: "−log σ(−β·h)",
        parameters: [.beta],
        loss: .eachPair { pair, context in
            -logSigmoid(-(context[.beta] * pair.logRatioMargin))
        }
    )
}
