extension Objective {
    /// DPO's loss on each token by itself.
    public static let tokenSigmoidNotebook = Objective(
        name: "token_sigmoid_notebook",
        summary: "the logistic loss on every token instead of the answer, as one notebook has it",
        formula: "Σ_t −log σ(β·h_t) / Σ tokens of the chosen sequences, prompts included",
        advice: "Only to reproduce: it is not DPO, which adds up an answer before the sigmoid.",
        source: "MA-RLHF, notebook/DPO/DPO.ipynb",
        parameters: [.beta],
        reads: .tokens,
        loss: .eachPair { pair, context in
            tokenLoss(pair, context) { -logSigmoid(context[.beta] * $0) }
        }
    )

    /// IPO's loss on each token by itself.
    public static let tokenIPONotebook = Objective(
        name: "token_ipo_notebook",
        summary: "IPO's square on every token instead of the answer, as one notebook has it",
        formula: "Σ_t (h_t − 1/(2β))² / Σ tokens of the chosen sequences, prompts included",
        advice: "Only to reproduce: the goal 1/(2β) is IPO's for the whole answer.",
        source: "MA-RLHF, notebook/DPO/DPO.ipynb",
        parameters: [.beta],
        reads: .tokens,
        loss: .eachPair { pair, context in
            tokenLoss(pair, context) { squared($0 - 1 / (2 * context[.beta])) }
        }
    )

    /// A loss of h_t = log-ratio of the chosen answer's token t − that of the rejected one's.
    ///
    /// The notebook's answers are of one length; here tokens that the longer answer has beyond the
    /// shorter one meet nothing and do not count.
    private static func tokenLoss(
        _ pair: ScoredPair,
        _ context: ObjectiveContext,
        _ loss: (Scalar) -> Scalar
    ) -> Scalar {
        let (chosen, rejected) = (pair.chosen, pair.rejected)
        let count = min(
            min(chosen.tokens.count, chosen.referenceTokens.count),
            min(rejected.tokens.count, rejected.referenceTokens.count)
        )
        let losses = (0..<count).map { token in
            loss(
                (chosen.tokens[token] - chosen.referenceTokens[token])
                    - (rejected.tokens[token] - rejected.referenceTokens[token])
            )
        }
        let counts = context.counts
        return losses.sum()
            * (Double(counts.losses) / Double(max(1, counts.chosenSequenceTokens)))
    }
}
