import Foundation

extension Objective {
    /// EXO on pairs.
    public static let exoPair = Objective(
        name: "exo_pair",
        summary: "the policy's preference is brought to smoothed labels by reverse KL",
        formula: "σ(β·h)·(log σ(β·h) − log(1−ε)) + σ(−β·h)·(log σ(−β·h) − log ε)",
        advice: "Seeks the mode where DPO covers all; ε must be above 0.",
        source: "Ji et al. 2024, arXiv:2402.00856, equation 16",
        otherNames: ["exo_pair (TRL)"],
        parameters: [.beta, .labelSmoothing(1e-3, canBeZero: false)],
        allowsDivergence: true,
        allowsMargin: true,
        loss: .eachPair { pair, context in
            let x = context.reward(pair)
            let smoothing = context[.labelSmoothing]
            return logistic(x) * (logSigmoid(x) - log1p(-smoothing))
                + logistic(-x) * (logSigmoid(-x) - log(smoothing))
        }
    )
}
