import Torch

/// The vocabulary projection with its log-softmax, a chunk of rows at a time.
struct VocabularyHead {
    /// `[entries, hidden]`, compute dtype.
    private let states: Tensor
    /// `[vocabulary, hidden]`, compute dtype.
    private let weight: Tensor
    /// `[entries]`, int64.
    private let targets: Tensor
    private let softCap: Double?
    private let chunks: [Range<Int>]
    /// Whether the passes over logits are one; without caps only.
    private let isFused: Bool

    init(
        states: Tensor,
        weight: Tensor,
        targets: Tensor,
        softCap: Double?,
        chunkByteCount: Int
    ) {
        (self.states, self.weight, self.targets, self.softCap) = (states, weight, targets, softCap)
        let count = states.shape[0]
        let chunk = max(1, chunkByteCount / (4 * max(1, weight.shape[0])))
        chunks = stride(from: 0, to: count, by: chunk).map { $0..<min($0 + chunk, count) }
        isFused = softCap == nil && FusedPasses.suit(states, weight)
    }

    /// Fills columns of one row per entry.
    ///
    /// - Parameters:
    ///   - result: each target's log-probability.
    ///   - normalizers: the logarithm of each softmax' denominator.
    ///   - statistics: see `TokenScores.statistics`.
    ///   - collisions: see `TokenScores.logCollisions`.
    /// - Returns: the logits of the last chunk.
    func score(
        into result: Tensor,
        normalizers: Tensor,
        statistics: Tensor?,
        collisions: Tensor?
    ) throws(TorchError) -> Tensor? {
        var last: Tensor?
        for rows in chunks {
            // The chunk before goes first: no two are there at a time.
            last = nil
            let logits = try logits(rows)
            last = logits
            if isFused {
                let scores = try FusedPasses.scores(logits, targets: targets.narrowed(rows))
                func copy(_ columns: Range<Int>, to target: Tensor?) throws(TorchError) {
                    try target?.narrowed(rows).copyInPlace(scores.narrowed(columns, dimension: 1))
                }
                try copy(0..<1, to: normalizers)
                try copy(1..<2, to: result)
                try copy(2..<5, to: statistics)
                try copy(5..<6, to: collisions)
                continue
            }
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
        return last
    }

    /// The gradients of states and weight; the weight's are added to those it has.
    ///
    /// - Parameters:
    ///   - gradient: `[entries, 1]`, of the log-probabilities.
    ///   - lastLogits: hands over what `score` returned, to be overwritten; nil where it has gone.
    func gradients(
        _ gradient: Tensor,
        normalizers: Tensor,
        lastLogits: () -> Tensor?,
        needsStates: Bool,
        needsWeight: Bool
    ) throws(TorchError) -> [Tensor?] {
        let statesGradient =
            needsStates ? try Tensor.empty(states.shape, states.dtype, on: states.device) : nil
        func addChunks(_ weightGradient: Tensor?) throws(TorchError) {
            for rows in chunks.reversed() {
                let kept = rows == chunks.last ? lastLogits() : nil
                let logits: Tensor
                if let kept { logits = kept } else { logits = try self.logits(rows) }
                let logitsGradient = try logitsGradient(
                    logits,
                    gradient.narrowed(rows),
                    targets: targets.narrowed(rows),
                    normalizers: normalizers.narrowed(rows)
                )
                try statesGradient?.narrowed(rows).copyInPlace(
                    logitsGradient.matrixProduct(weight)
                )
                try weightGradient?.addMatrixProductInPlace(
                    logitsGradient.transposed,
                    states.narrowed(rows)
                )
            }
        }
        guard needsWeight else {
            try addChunks(nil)
            return [statesGradient, nil]
        }
        let weightGradient = try weight.addingToGradient(addChunks)
        weight.releasePages()
        return [statesGradient, weightGradient]
    }

    /// `[rows, vocabulary]`, compute dtype: the gradient of log softmax, one at the target minus
    /// all probabilities, in the place of the logits.
    private func logitsGradient(
        _ logits: Tensor,
        _ gradient: Tensor,
        targets: Tensor,
        normalizers: Tensor
    ) throws(TorchError) -> Tensor {
        if isFused {
            try FusedPasses.replaceByGradients(
                logits,
                targets: targets,
                normalizers: normalizers,
                gradients: gradient
            )
            return logits
        }
        let slopes = try softCap.map { (cap) throws(TorchError) in
            // Of the cap: 1 − tanh².
            try (logits * logits) * (-1 / (cap * cap)) + 1
        }
        try logits.addInPlace(normalizers, scale: -1)
        try logits.exponentiateInPlace()
        try logits.multiplyInPlace(-gradient)
        try logits.scatterAddInPlace(gradient, at: targets.expanded(at: 1), dimension: 1)
        if let slopes { try logits.multiplyInPlace(slopes) }
        return try logits.to(states.dtype)
    }

    /// `[rows, vocabulary]`: compute dtype where passes are fused, else float32.
    private func logits(_ rows: Range<Int>) throws(TorchError) -> Tensor {
        let logits = try states.narrowed(rows).linear(weight)
        if isFused { return logits }
        guard let softCap else { return try logits.to(.float32) }
        return try (logits.to(.float32) / softCap).hyperbolicTangent() * softCap
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
