extension Objective {
    /// AOT on pairs.
    public static let aot = Objective(
        name: "aot",
        summary: "the distribution of margins over the step, not each pair, is to be better",
        formula: "−(1−ε)·log σ(β·δ) − ε·log σ(−β·δ), δ = sort(policy margins) − sort(reference's)",
        advice: "Large batches: what is sorted is the step. Needs at least some dozens of pairs.",
        source: "Melnyk et al. 2024, arXiv:2406.05882 (paired)",
        otherNames: ["aot (TRL)"],
        parameters: [.beta, .labelSmoothing(0)],
        couplesPairs: true,
        loss: .pairs { pairs, context in
            let policy = pairs.map { $0.chosen.policy - $0.rejected.policy }
            let reference = pairs.map { Scalar($0.chosen.reference - $0.rejected.reference) }
            return transportLosses(policy, reference, context)
        }
    )

    /// AOT on two heaps of answers.
    public static let aotUnpaired = Objective(
        name: "aot_unpaired",
        summary: "chosen answers as a whole are to be better than rejected ones as a whole",
        formula: "−(1−ε)·log σ(β·δ) − ε·log σ(−β·δ), δ = sort(a) − sort(d)",
        advice: "As aot; which rejected answer belongs to which chosen one does not matter.",
        source: "Melnyk et al. 2024, arXiv:2406.05882 (unpaired)",
        otherNames: ["aot_unpaired (TRL)", "aot_pair (older TRL)"],
        parameters: [.beta, .labelSmoothing(0)],
        couplesPairs: true,
        loss: .pairs { pairs, context in
            transportLosses(
                pairs.map { $0.chosen.logRatio },
                pairs.map { $0.rejected.logRatio },
                context
            )
        }
    )

    private static func transportLosses(
        _ better: [Scalar],
        _ worse: [Scalar],
        _ context: ObjectiveContext
    ) -> [Scalar] {
        zip(better.sorted { $0.value < $1.value }, worse.sorted { $0.value < $1.value }).map {
            let x = context[.beta] * ($0 - $1)
            let smoothing = context[.labelSmoothing]
            return -(1 - smoothing) * logSigmoid(x) - smoothing * logSigmoid(-x)
        }
    }
}
