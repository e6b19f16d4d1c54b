import Foundation
import TestSupport
import Testing

@testable import Objectives

@Suite struct ScalarTests {
    /// Functions of one number with points of their domain.
    static let functions: [(String, [Double], @Sendable (Scalar) -> Scalar)] = [
        ("exponential", [-3, 0.5], boundedExponential), ("logistic", [-4, 0, 3], logistic),
        ("logSigmoid", [-30, -1, 0, 5], logSigmoid), ("positivePart", [-1, 2], positivePart),
        ("squared", [-3, 2], squared),
        ("logOneMinusExponential", [-5, -0.3, -1e-3], logOneMinusExponential),
        ("arithmetic", [2, -0.5], arithmetic),
        ("logSumExponential", [-1, 700], { logSumExponential([$0, 2 * $0, $0 - 3]) }),
    ]

    private static func arithmetic(_ x: Scalar) -> Scalar {
        let quotient = (1 - x) * (x + 3) / (x * x)
        return quotient - 5 * x + (-x) / 4
    }

    @Test("derivatives are those of central differences")
    func derivatives() {
        for (name, points, function) in Self.functions {
            for point in points {
                let x = Scalar.variable(point)
                let gradient = Scalar.gradients(of: function(x), withRespectTo: [x])[0]
                let step = 1e-5 * max(1e-3, abs(point))
                let ends = [step, -step].map { function(Scalar(point + $0)).value }
                let error = difference(
                    [gradient],
                    [(ends[0] - ends[1]) / (2 * step)],
                    absolute: 1e-7,
                    relative: 1e-6
                )
                #expect(error == nil, "\(name) at \(point)")
            }
        }
    }

    @Test("a number that is used twice has the sum of both derivatives")
    func shared() {
        let x = Scalar.variable(3)
        let square = x * x
        // d(x² + x² · x) = 2x + 3x² = 6 + 27
        #expect(Scalar.gradients(of: square + square * x, withRespectTo: [x]) == [33])
    }

    @Test("constants and detached numbers have no derivative, and nothing depends on strangers")
    func constants() {
        let x = Scalar.variable(3)
        let stranger = Scalar.variable(1)
        #expect(Scalar.gradients(of: Scalar(5), withRespectTo: [x]) == [0])
        #expect(
            Scalar.gradients(of: x * x.detached, withRespectTo: [x, stranger]) == [3, 0]
        )
        #expect([Scalar]().sum().value == 0)
    }

    @Test("functions are finite and exact far from 0")
    func extremes() {
        #expect(logSigmoid(Scalar(-1e4)).value == -1e4)
        #expect(logSigmoid(Scalar(1e4)).value == 0)
        #expect(logistic(Scalar(-1e4)).value == 0)
        #expect(boundedExponential(Scalar(1e4)).value.isFinite)
        // log(1 − e^(−1e-10)) = log(1e-10)
        expectClose(logOneMinusExponential(Scalar(-1e-10)).value, log(1e-10), relative: 1e-9)
        #expect(logOneMinusExponential(Scalar(0)).value.isFinite)
        #expect(logOneMinusExponential(Scalar(-1e4)).value == 0)
        expectClose(
            logSumExponential([Scalar(1e4), Scalar(1e4)]).value,
            1e4 + log(2),
            relative: 1e-15
        )
    }
}
