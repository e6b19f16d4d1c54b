import Foundation
import TestSupport
import Testing

@testable import Objectives

/// Losses worked out by hand: of `dpop`, for which there is no implementation that installs alone,
/// and of others at points where the result can be seen in the formula.
@Suite struct ObjectiveByHandTests {
    /// log(1 + e⁻ˣ).
    private func softplus(_ x: Double) -> Double { log(1 + exp(-x)) }

    private func loss(_ objective: Objective, _ pairs: ScoredPair...) -> Double {
        meanLoss(objective, .pairs(pairs)).value
    }

    @Test("sigmoid of margins 0, 10, 20 and −10 with β = 0.1")
    func sigmoid() {
        let losses = [(5.0, 5.0), (10, 0), (5, -15), (0, 10)].map { loss(.sigmoid, pair($0, $1)) }
        expectClose(
            losses,
            [0.693147180559945, 0.313261687518223, 0.126928011042973, 1.313261687518223],
            absolute: 1e-14
        )
    }

    @Test("cdpo blends the losses of both orders")
    func cdpo() {
        // x = 0.1 · 10 = 1: 0.9 · log(1 + e⁻¹) + 0.1 · log(1 + e)
        expectClose(
            loss(.cdpo, pair(10, 0)),
            0.9 * 0.313261687518223 + 0.1 * 1.313261687518223,
            absolute: 1e-14
        )
        // Best where σ(x) = 1 − ε: x = log 9, h = 10 · log 9.
        let step = ScoredStep.pairs([pair(10 * log(9), 0)])
        let gradient = Scalar.gradients(
            of: meanLoss(.cdpo, step),
            withRespectTo: step.variables
        )
        expectClose(gradient, [0, 0], absolute: 1e-15)
    }

    @Test("ipo_sum is the square of the distance to 1/(2β)")
    func ipoSum() {
        // h = 8, 1/(2·0.1) = 5
        expectClose(loss(.ipoSum, pair(6, -2)), 9, absolute: 1e-12)
    }

    @Test("dpop subtracts λ times what the chosen answer has lost")
    func dpop() {
        // a = −2, d = −12: h = 10, penalty 50 · 2: 0.1 · (10 − 100) = −9
        expectClose(loss(.dpop, pair(-2, -12)), softplus(-9), relative: 1e-14)
        // Nothing lost: DPO.
        expectClose(loss(.dpop, pair(2, -8)), softplus(1), relative: 1e-14)
    }

    @Test("slic asks for a lead of γ, and for likely chosen answers")
    func slic() {
        // log π = −1 and −4 of 2 tokens each: max(0, 1 + 1 − 4) = 0, and 0.1 · 1/2.
        let won = ScoredPair(
            chosen: answer([-0.25, -0.75]),
            rejected: answer([-2, -2])
        )
        expectClose(loss(.slic, won), 0.05, absolute: 1e-14)
        // −4 and −1: 1 + 4 − 1 = 4, and 0.1 · 4/2.
        let lost = ScoredPair(chosen: won.rejected, rejected: won.chosen)
        expectClose(loss(.slic, lost), 4.2, absolute: 1e-14)
    }

    @Test("plackett_luce and all_pairs of two answers are DPO")
    func rankingOfTwo() {
        let pair = pair(3, -4)
        let step = ScoredStep.rankings([
            ScoredRanking([pair.rejected, pair.chosen], ranks: [1, 0])
        ])
        expectClose(meanLoss(.plackettLuce, step).value, softplus(0.7), relative: 1e-14)
        expectClose(meanLoss(.allPairs, step).value, softplus(0.7), relative: 1e-14)
    }

    @Test("rankings of three and of equal ranks, worked out by hand")
    func rankings() {
        // Rewards β · log-ratio: 1, 0.5, 0.
        let scores = [10.0, 5, 0].map { answer(sum: $0 - 40, reference: -40) }
        func step(_ ranks: [Int]) -> ScoredStep {
            .rankings([ScoredRanking(scores, ranks: ranks)])
        }
        // Best of three, then best of two.
        let ordered =
            log(exp(1) + exp(0.5) + 1) - 1 + log(exp(0.5) + 1) - 0.5
        expectClose(meanLoss(.plackettLuce, step([0, 1, 2])).value, ordered, relative: 1e-14)
        // The first two are equal: each against the last alone.
        let tied = log(exp(1) + 1) - 1 + log(exp(0.5) + 1) - 0.5
        expectClose(meanLoss(.plackettLuce, step([0, 0, 1])).value, tied, relative: 1e-14)
        let all = (softplus(0.5) + softplus(1) + softplus(0.5)) / 3
        expectClose(meanLoss(.allPairs, step([0, 1, 2])).value, all, relative: 1e-14)
        #expect(meanLoss(.allPairs, step([3, 3, 3])).value == 0)
    }

    @Test("the running mean of bco_pair_shifted holds all rewards so far, this step's too")
    func runningMean() throws {
        let selection = ObjectiveSelection(.bcoPairShifted)
        var state = ObjectiveState()
        // Rewards 0.4 and 0.2: δ = 0.3.
        let first = selection.losses(.pairs([pair(4, 2)]), counts: StepCounts(), state: &state)
        expectClose(first[0].value, softplus(0.1) + softplus(0.1), relative: 1e-12)
        // 0.8 and −0.2 too: δ = (0.6 + 0.6) / 4 = 0.3.
        let second = selection.losses(.pairs([pair(8, -2)]), counts: StepCounts(), state: &state)
        expectClose(second[0].value, softplus(0.5) + softplus(0.5), relative: 1e-12)
        // A checkpoint keeps it.
        let copy = try JSONDecoder().decode(
            ObjectiveState.self,
            from: JSONEncoder().encode(state)
        )
        #expect(copy == state && copy != ObjectiveState())
    }

    @Test("bco weighs wanted and unwanted answers against their rewards' running mean")
    func bco() throws {
        let selection = try ObjectiveSelection(
            ["bco"],
            values: [.desirableWeight: 2, .undesirableWeight: 3]
        )
        let answers = [
            ScoredAnswer(answer(sum: -16, reference: -20), isWanted: true),
            ScoredAnswer(answer(sum: -18, reference: -20), isWanted: false),
        ]
        var state = ObjectiveState()
        let losses = selection.losses(
            .labelled(answers),
            counts: StepCounts(losses: 2),
            state: &state
        )
        // Rewards 0.4 and 0.2, δ = 0.3: 0.1 above, and 0.1 below.
        expectClose(losses.map(\.value), [2 * softplus(0.1), 3 * softplus(0.1)], relative: 1e-12)
    }

    @Test("nll is a mean over all tokens of the step: 9 nats over 6 tokens, of two answers")
    func nll() {
        let answers = [answer([-1, -2]), answer([-1.5, -1.5, -2, -1])].map {
            ScoredAnswer($0, isWanted: true)
        }
        let counts = StepCounts(losses: 2, chosenTokens: 6)
        let selection = ObjectiveSelection(.nll)
        let (loss, gradient) = selection.evaluate(.labelled(answers), counts: counts)
        expectClose(loss, 1.5, relative: 1e-14)
        expectClose(gradient, Array(repeating: -1.0 / 6, count: 6), relative: 1e-14)
        #expect(!selection.judgesAnswers && ObjectiveSelection(.kto).judgesAnswers)
    }

    @Test("the notebook's loss divides by prompts too: 0.4 · ln 2 for 4 of 10 tokens")
    func notebook() {
        let same = answer([-1, -2, -3, -4], reference: [-1, -2, -3, -4])
        let selection = ObjectiveSelection(.tokenSigmoidNotebook)
        let counts = StepCounts(losses: 1, chosenTokens: 4, chosenSequenceTokens: 10)
        let step = ScoredStep.pairs([ScoredPair(chosen: same, rejected: same)])
        expectClose(selection.evaluate(step, counts: counts).loss, 0.4 * log(2), relative: 1e-14)
    }

    @Test("the α-divergence near α = 1 is reverse KL, and constants are a switch")
    func divergence() {
        let x = Scalar(2.5)
        #expect(Divergence(.alpha, alpha: 1 + 1e-7).score(x).value == 2.5)
        expectClose(Divergence(.alpha, alpha: 1 + 1e-5).score(x).value, 2.5, relative: 1e-4)
        for kind in Divergence.Kind.allCases where kind != .reverseKL {
            // At equal policies f′(1) = 0 with the constant.
            expectClose(Divergence(kind).score(Scalar(0)).value, 0, absolute: 1e-15)
            let bare = Divergence(kind, keepsConstant: false).score(Scalar(0)).value
            #expect(abs(bare) > 0.5)
        }
    }
}
