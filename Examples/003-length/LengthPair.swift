import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import TokenTrees
import Torch

/// A long chosen and a short rejected answer, and what sums and means make of them.
struct LengthPair {
    typealias Normalization = ObjectiveModifiers.LengthNormalization

    /// One number for each side.
    struct Sides: Equatable {
        var chosen, rejected: Double
    }

    /// Bytes are the tokens.
    var prompt = Array("What is a map?\n".utf8)
    var chosen = Array("A map shows where roads and rivers meet.".utf8)
    var rejected = Array("Dunno".utf8)

    static func objective(
        _ normalization: Normalization,
        beta: Double
    ) throws -> ObjectiveSelection {
        try ObjectiveSelection(
            ["sigmoid"],
            values: [.beta: beta],
            modifiers: ObjectiveModifiers(lengthNormalization: normalization)
        )
    }

    /// How hard the loss pushes the log-probability of each token where policy and reference are
    /// the same: minus its derivative, in 1/nat.
    func pushes(_ objective: ObjectiveSelection) -> Sides {
        let gradients = gradients(objective)
        return Sides(chosen: -gradients[0], rejected: -gradients[chosen.count])
    }

    /// How far one step of plain gradient descent moves the log-probability of a token: the mean
    /// over each answer, in nats.
    func moves(_ objective: ObjectiveSelection, model: URL) throws -> Sides {
        let policy = try ModelFolder(model).load()
        let batch = PackedBatch(groups: [[sequence(chosen), sequence(rejected)]])
        func means() throws -> Sides {
            let tokens = try withoutGradients {
                try SequenceScores(policy, batch).logProbabilities.elements(as: Float.self)
                    .map(Double.init)
            }
            return Sides(
                chosen: tokens.prefix(chosen.count).reduce(0, +) / Double(chosen.count),
                rejected: tokens.suffix(rejected.count).reduce(0, +) / Double(rejected.count)
            )
        }
        let before = try means()
        let scores = try SequenceScores(policy, batch).logProbabilities
        let gradient = try Tensor(gradients(objective).map(Float.init))
        try (scores * gradient).sum().backward()
        let masters = policy.parameters.map(\.master)
        try SGD(masters).step(gradients: masters.compactMap(\.gradient), learningRate: 0.02)
        let after = try means()
        return Sides(
            chosen: after.chosen - before.chosen,
            rejected: after.rejected - before.rejected
        )
    }

    /// h where the policy finds every token more probable than the reference by so many nats.
    func margin(_ normalization: Normalization, drift: Double) throws -> Double {
        let objective = try Self.objective(normalization, beta: 1)
        var state = ObjectiveState()
        let tokens = step(drift: drift)
        let loss = objective.losses(tokens.step, counts: tokens.counts, state: &state).sum()
        // With β = 1 the loss is −log σ(h), so h = −log(e^loss − 1).
        return -log(expm1(loss.value))
    }

    /// The loss's derivatives by the log-probabilities, chosen then rejected, at the reference.
    private func gradients(_ objective: ObjectiveSelection) -> [Double] {
        let tokens = step(drift: 0)
        var state = ObjectiveState()
        let loss = objective.losses(tokens.step, counts: tokens.counts, state: &state).sum()
        return Scalar.gradients(of: loss, withRespectTo: tokens.variables)
    }

    /// The pair as the reference scores it, at −1 a token (at the reference only log-ratios count),
    /// and the policy beside it.
    private func step(
        drift: Double
    ) -> (step: ScoredStep, counts: StepCounts, variables: [Scalar]) {
        func answer(_ count: Int) -> AnswerScore {
            AnswerScore(
                tokens: (0..<count).map { _ in .variable(drift - 1) },
                referenceTokens: Array(repeating: -1, count: count)
            )
        }
        let pair = ScoredPair(chosen: answer(chosen.count), rejected: answer(rejected.count))
        return (.pairs([pair]), StepCounts(), pair.chosen.tokens + pair.rejected.tokens)
    }

    private func sequence(_ answer: [UInt8]) -> TokenSequence {
        let tokens = (prompt + answer).map(Int32.init)
        return TokenSequence(tokens: tokens, scored: [prompt.count..<tokens.count])
    }
}
