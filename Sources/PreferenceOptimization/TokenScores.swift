public import Torch

/// What a model says of tokens: how probable each target is, and how the model stands around it.
public struct TokenScores {
    /// `[entries]`, float32, in nats, differentiable: the log-probability of each target.
    public let logProbabilities: Tensor
    /// `[entries, 3]`, float32, without gradient; nil where not asked for.
    ///
    /// Per entry: the entropy of the distribution in nats, the mean logit over the vocabulary, and
    /// 1 where the target is the most probable token, else 0.
    public let statistics: Tensor?
    /// `[entries]`, float32, without gradient: log Σ p² over the vocabulary; nil where not asked
    /// for.
    ///
    /// What the policy gives to its own samples, as WPO takes it.
    public let logCollisions: Tensor?

    /// The most bytes of float32 logits that are there at a time.
    public static let chunkByteCount = 64 << 20

    /// Scores targets chunk by chunk, so that no more than a chunk of logits exists at a time,
    /// in the backward too.
    ///
    /// The log-softmax is taken in float32 whatever the compute dtype.
    ///
    /// - Parameters:
    ///   - states: `[entries, hidden]`, compute dtype: what predicts each target.
    ///   - vocabularyWeight: `[vocabulary, hidden]`, compute dtype.
    ///   - targets: `[entries]`, int64.
    ///   - softCap: logits become softCap · tanh(logit / softCap); they stay where nil.
    ///   - withStatistics: whether to fill `statistics`.
    ///   - withCollisions: whether to fill `logCollisions`.
    ///   - chunkByteCount: the most bytes of float32 logits of a chunk; a chunk has at least one
    ///     row.
    public init(
        states: Tensor,
        vocabularyWeight: Tensor,
        targets: Tensor,
        softCap: Double? = nil,
        withStatistics: Bool,
        withCollisions: Bool = false,
        chunkByteCount: Int = Self.chunkByteCount
    ) throws {
        let count = states.shape[0]
        func column(_ width: Int = 1) throws(TorchError) -> Tensor {
            try Tensor.empty([count, width], .float32, on: states.device)
        }
        let statistics = withStatistics ? try column(3) : nil
        let collisions = withCollisions ? try column() : nil
        logProbabilities = try NumberInspection.module("vocabulary head", states) { states in
            let head = VocabularyHead(
                states: states,
                weight: vocabularyWeight,
                targets: targets,
                softCap: softCap,
                chunkByteCount: chunkByteCount
            )
            return try withCustomGradient([states, vocabularyWeight]) { () throws(TorchError) in
                let (result, normalizers) = try (column(), column())
                // Of the last chunk, with which the backward begins.
                var logits = try head.score(
                    into: result,
                    normalizers: normalizers,
                    statistics: statistics,
                    collisions: collisions
                )
                return CustomGradient([result]) { (gradients, needs) throws(TorchError) in
                    try OperationProfile.section(.head) { () throws(TorchError) in
                        try head.gradients(
                            gradients[0],
                            normalizers: normalizers,
                            lastLogits: {
                                defer { logits = nil }
                                return logits
                            },
                            needsStates: needs[0],
                            // Frozen weights need no gradient of their own.
                            needsWeight: needs[1]
                        )
                    }
                }
            }[0].squeezed(1)
        }
        self.statistics = statistics
        logCollisions = try collisions?.squeezed(1)
    }
}
