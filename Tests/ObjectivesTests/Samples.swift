import Foundation
import TestSupport

@testable import Objectives

/// Tolerances, with what they allow for.
enum Tolerance {
    /// The required agreement with a reference implementation in float64.
    static let float64 = 1e-6
    /// The same in float32, whose unit in the last place is 1.2e-7: sums of some dozens of terms.
    static let float32 = 1e-5
    /// Central differences with steps of 1e-5 err by about 1e-10 times the third derivative.
    static let finiteDifference = 1e-7
    /// The same sums in another order, in float64.
    static let order = 1e-12
}

/// An answer with log-probabilities per token that are variables.
func answer(
    _ policy: [Double],
    reference: [Double] = [],
    logCollisions: [Double] = []
) -> AnswerScore {
    AnswerScore(
        tokens: policy.map(Scalar.variable),
        referenceTokens: reference,
        logCollisions: logCollisions
    )
}

/// An answer of one token, as sums.
func answer(sum: Double, reference: Double = 0) -> AnswerScore {
    AnswerScore(tokens: [.variable(sum)], referenceTokens: [reference])
}

/// A pair of log-ratios, as sums.
func pair(_ chosen: Double, _ rejected: Double, weight: Double = 1, margin: Double = 0)
    -> ScoredPair
{
    ScoredPair(
        chosen: answer(sum: chosen - 20, reference: -20),
        rejected: answer(sum: rejected - 30, reference: -30),
        weight: weight,
        margin: margin
    )
}

/// Log-probabilities of an answer that look random: policy and reference per token.
func sampleAnswer(_ length: Int, seed: UInt64) -> AnswerScore {
    let numbers = sampleNumbers(2 * length, seed: seed)
    let policy = numbers.prefix(length).map { -1.6 + 1.5 * $0 }
    let reference = zip(policy, numbers.dropFirst(length)).map { min(-0.01, $0 + 0.7 * $1) }
    return answer(policy, reference: reference, logCollisions: policy.map { 0.9 * $0 - 0.3 })
}

/// Preferences of an objective's kind that look random, of unequal lengths.
func sampleStep(_ kind: Objective.Kind, count: Int = 4, seed: UInt64 = 1) -> ScoredStep {
    func score(_ index: Int, _ side: Int) -> AnswerScore {
        let seed = seed &* 1000 &+ UInt64(10 * index + side)
        return sampleAnswer(2 + (5 * index + 3 * side) % 7, seed: seed)
    }
    switch kind {
    case .pairs:
        return .pairs(
            (0..<count).map { ScoredPair(chosen: score($0, 0), rejected: score($0, 1)) }
        )
    case .labelled:
        return .labelled(
            (0..<count).map { ScoredAnswer(score($0, 0), isWanted: $0 % 3 != 1) }
        )
    case .rankings:
        return .rankings(
            (0..<count).map { index in
                // Two answers of one rank are among them.
                ScoredRanking((0..<4).map { score(index, $0) }, ranks: [1, 0, 2, 2])
            }
        )
    }
}

extension ScoredStep {
    /// What the step has, as a trainer counts it.
    var counts: StepCounts {
        guard case .pairs(let pairs) = self else { return StepCounts(losses: weights.count) }
        let tokens = pairs.reduce(0) { $0 + $1.chosen.tokens.count }
        return StepCounts(
            losses: pairs.count,
            chosenTokens: tokens,
            chosenSequenceTokens: tokens + 3 * pairs.count
        )
    }

    /// All log-probabilities of the policy, answer after answer.
    var variables: [Scalar] { answers.flatMap(\.tokens) }

    /// The same step with other log-probabilities of the policy, in the order of `variables`.
    func replacing(_ values: [Double]) -> ScoredStep {
        var rest = values[...]
        return mapAnswers { score in
            defer { rest = rest.dropFirst(score.tokens.count) }
            return answer(
                Array(rest.prefix(score.tokens.count)),
                reference: score.referenceTokens,
                logCollisions: score.logCollisions
            )
        }
    }
}

extension ObjectiveSelection {
    /// The mean loss of a step and its derivatives with respect to the step's variables.
    func evaluate(
        _ step: ScoredStep,
        counts: StepCounts? = nil,
        mismatchedLogRatio: Double = 0
    ) -> (loss: Double, gradient: [Double]) {
        var state = ObjectiveState()
        let counts = counts ?? step.counts
        let losses = losses(
            step,
            counts: counts,
            mismatchedLogRatio: mismatchedLogRatio,
            state: &state
        )
        let mean = losses.sum() / Double(counts.losses)
        return (mean.value, Scalar.gradients(of: mean, withRespectTo: step.variables))
    }
}

/// The mean loss of one objective, as its formula has it.
func meanLoss(
    _ objective: Objective,
    _ step: ScoredStep,
    values: [ObjectiveParameter.Name: Double] = [:],
    referencePoint: Double = 0
) -> Scalar {
    let context = ObjectiveContext(
        objective,
        values: values,
        referencePoint: referencePoint,
        counts: step.counts
    )
    let losses = objective.losses(step, context)
    return losses.sum() / Double(losses.count)
}
