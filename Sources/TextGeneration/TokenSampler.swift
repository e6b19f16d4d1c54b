import Foundation
import RandomNumbers

/// Chooses a sequence's next token from its logits.
///
/// The steps and their order are those of transformers 5.23: repetition penalty, then, where
/// tokens are drawn, temperature, top-k, top-p and min-p. A token that a step excludes gets the
/// logit −∞.
public struct TokenSampler: Sendable {
    private let settings: GenerationSettings
    private var random: SplitMix64

    /// - Parameters:
    ///   - settings: valid ones.
    ///   - stream: the number of the sequence: each has random numbers of its own, whatever is
    ///     generated beside it.
    public init(_ settings: GenerationSettings, stream: Int) {
        self.settings = settings
        random = SplitMix64(
            state: SplitMix64.mix(
                SplitMix64.mix(settings.seed) &+ UInt64(truncatingIfNeeded: stream)
            )
        )
    }

    /// The next token.
    ///
    /// - Parameters:
    ///   - logits: `[vocabulary]`, not empty.
    ///   - tokens: the sequence so far, its prompt too.
    /// - Throws: `GenerationError` where no logit is a finite number, or one is NaN.
    public mutating func next(_ logits: [Float], after tokens: [Int32]) throws -> Int32 {
        var logits = logits
        prepare(&logits, after: tokens)
        return settings.samples ? try draw(logits) : try Self.mostProbable(logits)
    }

    /// Does all that comes before a token is chosen.
    func prepare(_ logits: inout [Float], after tokens: [Int32]) {
        if settings.repetitionPenalty != 1 {
            Self.penalize(&logits, Set(tokens), by: Float(settings.repetitionPenalty))
        }
        guard settings.samples else { return }
        if settings.temperature != 1 {
            let temperature = Float(settings.temperature)
            for index in logits.indices { logits[index] /= temperature }
        }
        if let topK = settings.topK { Self.keepBest(topK, of: &logits) }
        if settings.topP < 1 { Self.keepNucleus(settings.topP, of: &logits) }
        if settings.minP > 0 { Self.keepLikely(settings.minP, of: &logits) }
    }

    /// Makes tokens that came before less probable (arXiv:1909.05858).
    private static func penalize(_ logits: inout [Float], _ tokens: Set<Int32>, by penalty: Float) {
        for token in tokens where logits.indices.contains(Int(token)) {
            let logit = logits[Int(token)]
            logits[Int(token)] = logit < 0 ? logit * penalty : logit / penalty
        }
    }

    /// Excludes what is less probable than the `count` most probable tokens.
    ///
    /// Those that are as probable as the last of these stay too.
    private static func keepBest(_ count: Int, of logits: inout [Float]) {
        guard count < logits.count else { return }
        // The best so far, in ascending order. Few logits of a vocabulary ever come into it.
        var best: [Float] = Array(logits[..<count]).sorted()
        for logit in logits[count...] where logit > best[0] {
            let place = best.partitioningIndex { $0 >= logit }
            best.insert(logit, at: place)
            best.removeFirst()
        }
        for index in logits.indices where logits[index] < best[0] { logits[index] = -.infinity }
    }

    /// Excludes all but the most probable tokens whose probabilities together reach a share
    /// (arXiv:1904.09751); at least one stays.
    private static func keepNucleus(_ share: Double, of logits: inout [Float]) {
        let order = logits.indices.filter { logits[$0] > -.infinity }
            .sorted { logits[$0] > logits[$1] }
        guard let first = order.first else { return }
        let weights = order.map { exp(Double(logits[$0] - logits[first])) }
        let target = share * weights.reduce(0, +)
        var sum = 0.0
        for (index, weight) in zip(order, weights) {
            if sum >= target, index != first { logits[index] = -.infinity }
            sum += weight
        }
    }

    /// Excludes tokens that are less probable than the most probable one times a factor
    /// (arXiv:2407.01082).
    private static func keepLikely(_ factor: Double, of logits: inout [Float]) {
        guard let largest = logits.max() else { return }
        for index in logits.indices where exp(Double(logits[index] - largest)) < factor {
            logits[index] = -.infinity
        }
    }

    private static func mostProbable(_ logits: [Float]) throws -> Int32 {
        var best = 0
        for (index, logit) in logits.enumerated() {
            guard !logit.isNaN else { throw GenerationError.notFinite }
            if logit > logits[best] { best = index }
        }
        guard logits[best].isFinite else { throw GenerationError.notFinite }
        return Int32(best)
    }

    private mutating func draw(_ logits: [Float]) throws -> Int32 {
        let largest = logits[Int(try Self.mostProbable(logits))]
        let weights = logits.map { exp(Double($0 - largest)) }
        let target = random.nextFraction() * weights.reduce(0, +)
        var sum = 0.0
        var last: Int32 = 0
        for (index, weight) in weights.enumerated() where weight > 0 {
            sum += weight
            last = Int32(index)
            if sum > target { break }
        }
        return last
    }
}

extension [Float] {
    /// The first index of a sorted array at which a condition holds, that holds from there on.
    fileprivate func partitioningIndex(_ isBehind: (Float) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
