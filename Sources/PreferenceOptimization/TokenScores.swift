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
        let chunk = max(1, chunkByteCount / (4 * max(1, vocabularyWeight.shape[0])))
        let chunks = stride(from: 0, to: count, by: chunk).map { $0..<min($0 + chunk, count) }

        let statistics =
            withStatistics ? try Tensor.empty([count, 3], .float32, on: states.device) : nil
        let collisions =
            withCollisions ? try Tensor.empty([count, 1], .float32, on: states.device) : nil
        let outputs = try withCustomGradient([states, vocabularyWeight]) {
            () throws(TorchError) in
            let result = try Tensor.empty([count, 1], .float32, on: states.device)
            let normalizers = try Tensor.empty([count, 1], .float32, on: states.device)
            for rows in chunks {
                let logits = try Self.logits(states.narrowed(rows), vocabularyWeight, softCap)
                let columns = try targets.narrowed(rows).expanded(at: 1)
                let normalizer = try logits.logSumExponential(dimension: 1, keepingDimension: true)
                let own = try logits.gathered(at: columns, dimension: 1)
                try normalizers.narrowed(rows).copyInPlace(normalizer)
                try result.narrowed(rows).copyInPlace(own - normalizer)
                if let collisions {
                    let squares = try (logits * 2).logSumExponential(
                        dimension: 1,
                        keepingDimension: true
                    )
                    try collisions.narrowed(rows).copyInPlace(squares - normalizer * 2)
                }
                if let statistics {
                    try Self.fill(statistics.narrowed(rows), logits, normalizer, columns)
                }
            }
            return CustomGradient([result]) { (gradients, needs) throws(TorchError) in
                // Frozen weights need no gradient of their own.
                let weightGradient =
                    needs[1]
                    ? try Tensor.zeros(
                        vocabularyWeight.shape,
                        vocabularyWeight.dtype,
                        on: states.device
                    ) : nil
                let statesGradient =
                    needs[0]
                    ? try Tensor.empty(states.shape, states.dtype, on: states.device) : nil
                for rows in chunks {
                    // The gradient of log softmax: one at the target minus all probabilities.
                    let rowStates = try states.narrowed(rows)
                    let gradient = try gradients[0].narrowed(rows)  // [chunk, 1]
                    let logits = try Self.logits(rowStates, vocabularyWeight, softCap)
                    let slopes = try softCap.map { (cap) throws(TorchError) in
                        // Of the cap: 1 − tanh².
                        try (logits * logits) * (-1 / (cap * cap)) + 1
                    }
                    try logits.addInPlace(normalizers.narrowed(rows), scale: -1)
                    try logits.exponentiateInPlace()
                    try logits.multiplyInPlace(-gradient)
                    try logits.scatterAddInPlace(
                        gradient,
                        at: targets.narrowed(rows).expanded(at: 1),
                        dimension: 1
                    )
                    if let slopes { try logits.multiplyInPlace(slopes) }
                    let logitsGradient = try logits.to(states.dtype)
                    try statesGradient?.narrowed(rows).copyInPlace(
                        logitsGradient.matrixProduct(vocabularyWeight)
                    )
                    try weightGradient?.addMatrixProductInPlace(
                        logitsGradient.transposed,
                        rowStates
                    )
                }
                return [statesGradient, weightGradient]
            }
        }
        logProbabilities = try outputs[0].squeezed(1)
        self.statistics = statistics
        logCollisions = try collisions?.squeezed(1)
    }

    /// `[rows, vocabulary]`, float32.
    private static func logits(
        _ states: Tensor,
        _ vocabularyWeight: Tensor,
        _ softCap: Double?
    ) throws(TorchError) -> Tensor {
        let logits = try states.linear(vocabularyWeight).to(.float32)
        guard let softCap else { return logits }
        return try (logits / softCap).hyperbolicTangent() * softCap
    }

    private static func fill(
        _ statistics: Tensor,
        _ logits: Tensor,
        _ normalizer: Tensor,
        _ targets: Tensor
    ) throws(TorchError) {
        let best = try logits.indexOfMaximum(dimension: 1).expanded(at: 1)
        let probabilities = try (logits - normalizer).exponential()
        try probabilities.multiplyInPlace(logits)
        let expected = try probabilities.sum(dimensions: [1], keepingDimensions: true)
        try statistics.narrowed(0..<1, dimension: 1).copyInPlace(normalizer - expected)
        try statistics.narrowed(1..<2, dimension: 1).copyInPlace(
            logits.mean(dimensions: [1], keepingDimensions: true)
        )
        try statistics.narrowed(2..<3, dimension: 1).copyInPlace(
            best.isElementwiseEqual(to: targets)
        )
    }
}
