import Foundation
public import LanguageModels
import Objectives
import TokenTrees
import Torch

/// How far DPO and IPO go where one pair is all there is to learn.
///
/// MA-RLHF's notebook (notebook/DPO/DPO.ipynb) trains a toy Llama on one pair of answers of four
/// tokens, over and over: DPO's margin has no limit, IPO's has one, 1/(2β).
public struct OverfittingExperiment {
    /// How answers are scored and compared.
    public enum Mode: String, Sendable, CaseIterable {
        /// As DPO and IPO are defined: each token by the row before it, answers as sums of tokens.
        case sequence
        /// As the notebook has it: each token by its own row, which has read it already, and a
        /// loss for every token, divided by the tokens of prompt and answer.
        case notebook
    }

    private static let prompt: [Int32] = [5, 8, 9, 10, 5, 3]
    private static let answers: [[Int32]] = [[16, 29, 18, 17], [26, 14, 31, 0]]
    private static let answerLength = 4

    /// How answers are scored and compared.
    public let mode: Mode

    private let policy: any CausalLanguageModel
    private let start: any CausalLanguageModel
    /// The reference's log-probabilities of the answers' tokens: as the mode reads them, and true.
    private var referenceTokens: (read: [Float], true: [Float]) = ([], [])
    /// Rows of all tokens but the last, which predict the answers' tokens.
    private let batch: PackedBatch
    /// Rows of all tokens, which say their own: a token behind them, whichever, makes the last
    /// one a row that predicts something.
    private let unshiftedBatch: PackedBatch

    /// Prepares the experiment.
    ///
    /// - Parameters:
    ///   - policy: loaded to be trained; every curve begins with `start`'s weights in it.
    ///   - start: of the policy's architecture and size. DPO and IPO start at the reference: in
    ///     the mode `sequence` this is the reference; the notebook starts elsewhere.
    ///   - reference: what log-ratios are taken against.
    /// - Throws: `ModelError` where a model does not know the tokens 0 to 31; `TorchError`.
    public init(
        mode: Mode,
        policy: any CausalLanguageModel,
        start: any CausalLanguageModel,
        reference: any CausalLanguageModel
    ) throws {
        self.mode = mode
        self.policy = policy
        self.start = start
        func lengthClass(_ length: Int) -> Int {
            max(policy.lengthClass(length), reference.lengthClass(length))
        }
        let sequences = Self.answers.map { Self.prompt + $0 }
        let scored = Self.prompt.count..<Self.prompt.count + Self.answerLength
        batch = PackedBatch(
            groups: [sequences.map { TokenSequence(tokens: $0, scored: [scored]) }],
            lengthClass: lengthClass
        )
        let shifted = scored.lowerBound + 1..<scored.upperBound + 1
        unshiftedBatch = PackedBatch(
            groups: [sequences.map { TokenSequence(tokens: $0 + [0], scored: [shifted]) }],
            lengthClass: lengthClass
        )
        try withoutGradients {
            referenceTokens.read = try logProbabilities(reference).elements(as: Float.self)
            referenceTokens.true = try trueLogProbabilities(reference)
        }
    }

    /// Trains a policy and records what becomes of it.
    ///
    /// - Returns: a point before each update and one behind the last; it ends early, with the
    ///   point at which the loss was not finite, where training diverges.
    /// - Throws: `ObjectiveError` or `SettingError` where a setting lies outside its range;
    ///   `TorchError`.
    public func curve(_ settings: OverfittingSettings) throws -> OverfittingCurve {
        try settings.validate()
        let objective = try ObjectiveSelection(
            [settings.loss.objective(mode)],
            values: [.beta: settings.beta]
        )
        try withoutGradients {
            for (own, initial) in zip(policy.parameters, start.parameters) {
                try own.master.copyInPlace(initial.master)
            }
        }
        try policy.refreshValues()
        let update = try settings.optimizer.update(policy, settings.learningRate)
        let gradients = try GradientBuffer(policy.parameters)
        var curve = OverfittingCurve(mode: mode, settings: settings)
        for step in 0... {
            let tokens = try logProbabilities(policy)
            let values = try tokens.detached().elements(as: Float.self)
            let variables = values.map { Scalar.variable(Double($0)) }
            let pair = pair(variables, referenceTokens.read)
            let loss = loss(objective, pair)
            curve.points.append(try point(step, loss, pair, settings.beta))
            guard step < settings.steps, loss.value.isFinite else { break }

            let slopes = Scalar.gradients(of: loss, withRespectTo: variables).map { Float($0) }
            try gradients.clear()
            try (tokens * Tensor(slopes, on: tokens.device)).sum().backward()
            try gradients.collect()
            try update(gradients.gradients())
            try gradients.clear()
            try policy.refreshValues()
        }
        return curve
    }

    private func loss(_ objective: ObjectiveSelection, _ pair: ScoredPair) -> Scalar {
        let counts = StepCounts(
            losses: 1,
            chosenTokens: Self.answerLength,
            chosenSequenceTokens: Self.prompt.count + Self.answerLength
        )
        var state = ObjectiveState()
        return objective.losses(.pairs([pair]), counts: counts, state: &state).sum()
    }

    private func pair(_ tokens: [Scalar], _ reference: [Float]) -> ScoredPair {
        func answer(_ range: Range<Int>) -> AnswerScore {
            AnswerScore(
                tokens: Array(tokens[range]),
                referenceTokens: reference[range].map(Double.init)
            )
        }
        let length = Self.answerLength
        return ScoredPair(chosen: answer(0..<length), rejected: answer(length..<2 * length))
    }

    private func point(
        _ step: Int,
        _ loss: Scalar,
        _ pair: ScoredPair,
        _ beta: Double
    ) throws -> OverfittingPoint {
        let (chosen, rejected) = (pair.chosen, pair.rejected)
        let margins =
            switch mode {
            case .sequence: [pair.logRatioMargin.value]
            case .notebook:
                (0..<Self.answerLength).map { token in
                    (chosen.tokens[token].value - chosen.referenceTokens[token])
                        - (rejected.tokens[token].value - rejected.referenceTokens[token])
                }
            }
        let truePair =
            switch mode {
            case .sequence: pair
            case .notebook:
                self.pair(
                    try withoutGradients { try trueLogProbabilities(policy) }
                        .map { Scalar(Double($0)) },
                    referenceTokens.true
                )
            }
        return OverfittingPoint(
            step: step,
            loss: loss.value,
            margins: margins,
            // The notebook's σ is that of the last token.
            preference: 1 / (1 + exp(-beta * (margins.last ?? 0))),
            lastRejectedProbability: exp(rejected.tokens.last?.value ?? 0),
            chosenLogProbability: truePair.chosen.likelihood.value,
            rejectedLogProbability: truePair.rejected.likelihood.value,
            trueMargin: truePair.logRatioMargin.value
        )
    }

    /// `[tokens of both answers]`: what the mode takes for their log-probabilities, in nats.
    private func logProbabilities(_ model: any CausalLanguageModel) throws -> Tensor {
        switch mode {
        case .sequence: try SequenceScores(model, batch).logProbabilities
        case .notebook: try unshiftedLogProbabilities(model)
        }
    }

    /// What a model says of the answers' tokens at the rows of those tokens themselves.
    private func unshiftedLogProbabilities(_ model: any CausalLanguageModel) throws -> Tensor {
        let device = model.vocabularyWeight.device
        let own = unshiftedBatch.predictors.map { Int(unshiftedBatch.tokens[Int($0)]) }
        return try TokenScores(
            states: model.predictorStates(unshiftedBatch),
            vocabularyWeight: model.vocabularyWeight,
            targets: Tensor(own, on: device),
            softCap: model.logitSoftCap,
            withStatistics: false
        ).logProbabilities.selected(Tensor(unshiftedBatch.sequenceEntries, on: device))
    }

    private func trueLogProbabilities(_ model: any CausalLanguageModel) throws -> [Float] {
        try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)
    }
}
