import Foundation
import TestSupport
import Testing

@testable import Objectives

@Suite struct ObjectiveModifierTests {
    private func softplus(_ x: Double) -> Double { log(1 + exp(-x)) }

    /// Two and three tokens.
    private let uneven = ScoredPair(
        chosen: answer([-1, -2], reference: [-2, -4]),
        rejected: answer([-3, -4, -5], reference: [-3, -3, -3])
    )

    private func loss(_ modifiers: ObjectiveModifiers, _ pairs: [ScoredPair]) throws -> Double {
        try ObjectiveSelection(["sigmoid"], modifiers: modifiers).evaluate(.pairs(pairs)).loss
    }

    @Test("LD-DPO weighs what is beyond the shorter answer, in the reference too or not")
    func desensitization() throws {
        // Log-ratios 3, and −7 − 5α + 6 + 3α = −1 − 2α: −2.
        expectClose(
            try loss(.init(lengthDesensitization: .init(alpha: 0.5)), [uneven]),
            softplus(0.5),
            relative: 1e-14
        )
        // −7 − 2.5 + 9 = −0.5.
        expectClose(
            try loss(.init(lengthDesensitization: .init(alpha: 0.5, onReference: false)), [uneven]),
            softplus(0.35),
            relative: 1e-14
        )
        // α = 1 is DPO.
        expectClose(
            try loss(.init(lengthDesensitization: .init(alpha: 1)), [uneven]),
            try loss(.init(), [uneven]),
            relative: 1e-14
        )
        // The gradient of a token beyond is α times that of the others.
        let selection = try ObjectiveSelection(
            ["sigmoid"],
            modifiers: .init(lengthDesensitization: .init(alpha: 0.25))
        )
        let gradient = selection.evaluate(.pairs([uneven])).gradient
        expectClose(gradient[4], 0.25 * gradient[3], relative: 1e-14)
    }

    @Test("means take the place of sums: 3/2 − (−3/3)")
    func means() throws {
        expectClose(
            try loss(.init(lengthNormalization: .mean), [uneven]),
            softplus(0.25),
            relative: 1e-14
        )
        // As sigmoid_norm, which divides log-ratios.
        expectClose(
            ObjectiveSelection(.sigmoidNorm).evaluate(.pairs([uneven])).loss,
            softplus(0.25),
            relative: 1e-14
        )
    }

    @Test("WPO's weight is the mean probability of tokens over Σp², of both answers, and constant")
    func policyWeights() throws {
        // exp((−1 + 1.5 − 2 + 1.5)/2) · exp((−3 + 2)/1) = e⁰ · e⁻¹
        let pair = ScoredPair(
            chosen: answer([-1, -2], reference: [-1, -2], logCollisions: [-1.5, -1.5]),
            rejected: answer([-3], reference: [-3], logCollisions: [-2])
        )
        let weighted = try ObjectiveSelection(
            ["sigmoid"],
            modifiers: .init(usesPolicyWeights: true)
        ).evaluate(.pairs([pair]))
        let plain = ObjectiveSelection.sigmoid.evaluate(.pairs([pair]))
        expectClose(weighted.loss, exp(-1) * plain.loss, relative: 1e-14)
        expectClose(weighted.gradient, plain.gradient.map { exp(-1) * $0 }, absolute: 1e-15)
    }

    @Test("a pair's weight multiplies its loss, and its margin is taken from its reward")
    func weightsAndMargins() throws {
        let pairs = [pair(10, 0, weight: 3), pair(0, 0, margin: 0.5)]
        expectClose(
            try loss(.init(), pairs),
            (3 * softplus(1) + softplus(-0.5)) / 2,
            relative: 1e-14
        )
        // Every objective that says so takes the margin, and no other does.
        for objective in Objective.all where objective.kind == .pairs {
            // Near 0, where AlphaPO's powers are not all of the loss.
            let scores = [-1, -1.2].map { answer(sum: $0, reference: $0) }
            let losses = [0, 0.5].map { margin in
                let pair = ScoredPair(chosen: scores[0], rejected: scores[1], margin: margin)
                return meanLoss(objective, .pairs([pair])).value
            }
            #expect((losses[0] < losses[1]) == objective.allowsMargin, "\(objective.name)")
        }
        let answers = [
            ScoredAnswer(answer(sum: -1, reference: -1), isWanted: true, weight: 4)
        ]
        expectClose(
            ObjectiveSelection(.kto).evaluate(.labelled(answers)).loss,
            4 * 0.5,
            relative: 1e-14
        )
    }

    @Test("β follows the step's mean margin against its running mean")
    func adaptiveBeta() throws {
        let selection = try ObjectiveSelection(
            ["sigmoid"],
            modifiers: .init(adaptiveBeta: .init(sensitivity: 0.5))
        )
        var state = ObjectiveState()
        // Mean margin 2, running mean 0.2: β = 0.1 · (1 + 0.5 · 1.8) = 0.19.
        let step = ScoredStep.pairs([pair(3, 0), pair(1, 0)])
        let first = selection.losses(step, counts: step.counts, state: &state)
        expectClose(first.map(\.value), [softplus(0.57), softplus(0.19)], relative: 1e-12)
        // Mean −100, running mean 0.18 − 10: β would be below 0 and is held at 0.001.
        let bad = ScoredStep.pairs([pair(-100, 0)])
        let second = selection.losses(bad, counts: bad.counts, state: &state)
        expectClose(second[0].value, softplus(-0.1), relative: 1e-12)
    }
}
