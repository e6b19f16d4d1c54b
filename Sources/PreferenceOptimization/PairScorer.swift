public import LanguageModels
public import PreferenceData
import TokenTrees
import Torch

/// What a model, and a reference where there is one, say of one pair.
public struct PairScore: Sendable, Equatable {
    /// Log-probabilities of one answer.
    public struct Side: Sendable, Equatable {
        /// Of each scored token, in nats.
        public var logProbabilities: [Float]
        /// Of the whole answer under the reference, in nats; nil without a reference.
        public var referenceSum: Double?

        /// Of the whole answer, in nats.
        public var sum: Double { logProbabilities.reduce(0) { $0 + Double($1) } }
        /// sum − referenceSum.
        public var logRatio: Double? { referenceSum.map { sum - $0 } }
    }

    /// The pair's place in the data.
    public var source: RowSource
    /// The preferred answer.
    public var chosen: Side
    /// The other one.
    public var rejected: Side

    /// How much more than the reference the model prefers the chosen answer, in nats.
    public var logRatioMargin: Double? {
        guard let chosen = chosen.logRatio, let rejected = rejected.logRatio else { return nil }
        return chosen - rejected
    }
}

/// Scores pairs without training.
public struct PairScorer {
    private let model: any CausalLanguageModel
    private let reference: (any CausalLanguageModel)?
    private let microBatchTokens: Int

    /// - Parameter microBatchTokens: the most rows of the model at a time.
    public init(
        model: any CausalLanguageModel,
        reference: (any CausalLanguageModel)? = nil,
        microBatchTokens: Int = 4096
    ) {
        self.model = model
        self.reference = reference
        self.microBatchTokens = microBatchTokens
    }

    /// Scores pairs in their order; those of one micro-batch are in memory at a time.
    ///
    /// - Parameter receive: called with each pair and its score as soon as it is there.
    public func score(
        _ pairs: some Sequence<PreferencePair>,
        receive: (PreferencePair, PairScore) throws -> Void
    ) throws {
        try pairs.forEachRun(limit: microBatchTokens) { pair in
            PackedBatch.rowCount(of: pair.sequences, lengthClass: lengthClass)
        } body: {
            try scoreBatch($0, receive)
        }
    }

    /// The model and the reference go through the same batch, so the coarser class holds.
    private func lengthClass(_ length: Int) -> Int {
        max(model.lengthClass(length), reference?.lengthClass(length) ?? 0)
    }

    private func scoreBatch(
        _ pairs: [PreferencePair],
        _ receive: (PreferencePair, PairScore) throws -> Void
    ) throws {
        let batch = PackedBatch(groups: pairs.map(\.sequences), lengthClass: lengthClass)
        let scored = try sides(batch, model)
        let referenceSides = try reference.map { try sides(batch, $0) }
        for (index, pair) in pairs.enumerated() {
            func side(_ sequence: Int) -> PairScore.Side {
                PairScore.Side(
                    logProbabilities: scored[sequence],
                    referenceSum: referenceSides?[sequence].reduce(0) { $0 + Double($1) }
                )
            }
            try receive(
                pair,
                PairScore(
                    source: pair.source,
                    chosen: side(2 * index),
                    rejected: side(2 * index + 1)
                )
            )
        }
    }

    /// Per sequence the log-probabilities of its scored tokens.
    private func sides(
        _ batch: PackedBatch,
        _ model: any CausalLanguageModel
    ) throws -> [[Float]] {
        let all = try withoutGradients {
            try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)
        }
        return (0..<batch.sequenceCount).map {
            Array(all[batch.sequenceOffsets[$0]..<batch.sequenceOffsets[$0 + 1]])
        }
    }
}
