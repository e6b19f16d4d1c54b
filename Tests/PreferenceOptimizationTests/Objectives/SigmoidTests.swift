import Foundation
import PreferenceOptimization
import TestSupport
import Testing
import Torch

@Suite("Sigmoid objective") struct SigmoidTests {
    /// Losses of pairs given as log-probabilities of policy and reference.
    ///
    /// - Parameter pairs: chosen and rejected of the policy, then of the reference.
    private func losses(_ pairs: [[Double]], beta: Double = 0.1) throws -> [Double] {
        let scores = try PairScores(
            policy: Tensor(pairs.flatMap { $0[0...1] }),
            reference: Tensor(pairs.flatMap { $0[2...3] })
        )
        return try Objective.sigmoid(beta: beta).losses(scores).doubles()
    }

    @Test("pairs whose log-ratios differ by 0, 10, 20 and −10 have the losses worked out by hand")
    func byHand() throws {
        let losses = try losses([
            // log(1 + e⁰): the policy has moved both by 5.
            [-15, -35, -20, -40],
            // Ratios 10 and 0: log(1 + e⁻¹).
            [-10, -40, -20, -40],
            // Ratios 5 and −15: log(1 + e⁻²).
            [-15, -55, -20, -40],
            // Ratios 0 and 10: log(1 + e).
            [-20, -30, -20, -40],
        ])
        expectClose(
            losses,
            [0.693147180559945, 0.313261687518223, 0.126928011042973, 1.313261687518223],
            absolute: 1e-14
        )
    }

    @Test("β multiplies the difference of the log-ratios")
    func beta() throws {
        // 0.5 · 4 = 2, and 0.25 · 8 = 2.
        expectClose(
            try losses([[-1, -5, -1, -1]], beta: 0.5) + losses([[-1, -9, -1, -1]], beta: 0.25),
            [0.126928011042973, 0.126928011042973],
            absolute: 1e-14
        )
    }

    @Test("where policy equals reference the loss is ln 2, and the objective says so")
    func atReference() throws {
        let losses = try losses([[-3, -700, -3, -700], [0, 0, 0, 0]], beta: 7)
        expectClose(losses, [ln2, ln2], absolute: 1e-15)
        #expect(Objective.sigmoid(beta: 0.1).lossAtReference == ln2)
        #expect(Objective.sigmoid(beta: 0.3).beta == 0.3)
        #expect(Objective.sigmoid(beta: 0.3).name == "sigmoid")
    }

    @Test("swapping chosen and rejected turns the loss of h into that of −h, which is βh more")
    func mirrored() throws {
        let pair = [-12.0, -31, -14, -25]  // h = 2 − (−6) = 8
        let swapped = [-31.0, -12, -25, -14]
        let losses = try losses([pair, swapped])
        expectClose(losses[1] - losses[0], 0.8, absolute: 1e-14)
        #expect(losses[0] < ln2 && ln2 < losses[1])
    }

    @Test("differences of ±10,000 have a finite loss and a finite gradient")
    func extremes() throws {
        let policy = try Tensor([0, -1e4, -1e4, 0] as [Float])
        try policy.setRequiresGradient(true)
        let scores = try PairScores(policy: policy, reference: Tensor([0, 0, 0, 0] as [Float]))
        let losses = try Objective.sigmoid(beta: 0.1).losses(scores)
        #expect(try losses.doubles() == [0, 1000])
        try losses.sum().backward()
        // −β·σ(−βh) for chosen: 0 where h is large, −β where it is far below 0.
        expectClose(
            try #require(policy.gradient).doubles(),
            [0, 0, -0.1, 0.1],
            absolute: 1e-8
        )
    }

    @Test("gradients are −β·σ(−βh) and its negative, also by finite differences")
    func gradients() throws {
        let numbers = [-12.0, -31, -20, -18]
        let reference = try Tensor([-14.0, -25, -21, -21])
        func loss(_ policy: Tensor) throws -> Tensor {
            try Objective.sigmoid(beta: 0.1)
                .losses(PairScores(policy: policy, reference: reference)).sum()
        }
        let policy = try Tensor(numbers)
        try policy.setRequiresGradient(true)
        try loss(policy).backward()
        let gradient = try #require(policy.gradient).doubles()
        // h is 8 and −2.
        let shares = [8.0, -2].map { -0.1 / (1 + exp(0.1 * $0)) }
        expectClose(
            gradient,
            [shares[0], -shares[0], shares[1], -shares[1]],
            absolute: 1e-15
        )
        let step = 1e-5
        let differences = try numbers.indices.map { index in
            let ends = try [step, -step].map { offset in
                var moved = numbers
                moved[index] += offset
                return try loss(Tensor(moved)).item()
            }
            return (ends[0] - ends[1]) / (2 * step)
        }
        expectClose(gradient, differences, absolute: Tolerance.finiteDifference)
    }
}
