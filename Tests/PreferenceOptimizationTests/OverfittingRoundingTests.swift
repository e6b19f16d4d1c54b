import Foundation
import LanguageModels
import TestSupport
import Testing

@testable import PreferenceOptimization

/// IPO with a learning rate of 1e-3, at which every update multiplies what rounding has done.
///
/// Tools/make_golden_overfitting.py trained it with PyTorch in float64, and in float32 from weights
/// that differ by half a unit in the last place. How far these lie apart is what an implementation
/// cannot be held to: 1e-6 nats at update 1, 1e-3 at update 5, most of h by update 8 or 10.
@Suite struct OverfittingRoundingTests {
    struct Golden: Decodable, Sendable {
        struct Curve: Decodable, Sendable, CustomTestStringConvertible {
            let start: String
            let beta: Double
            let h: [Double]
            let spread: [Double]
            let end: End?

            var testDescription: String { "\(start) β \(beta)" }
        }

        /// Where all runs end alike.
        enum End: Decodable, Sendable {
            case diverged
            case margin(Double)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                self = (try? container.decode(Double.self)).map { .margin($0) } ?? .diverged
            }
        }

        let learningRate: Double
        let curves: [Curve]
    }

    private static let golden: Golden? = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(
            Golden.self,
            from: Data(contentsOf: folder.appending(path: "Fixtures/overfitting.json"))
        )
    }()

    /// As for all curves, in nats.
    private static let margin = 1e-3
    /// Runs with other roundings may lie further from float64 than the six that were tried.
    private static let spreads = 5.0

    private func compare(_ curve: Golden.Curve, _ learningRate: Double) throws {
        func model(isTrained: Bool) throws -> any CausalLanguageModel {
            try OverfittingConformanceTests.model(curve.start, "ref", isTrained: isTrained)
        }
        let start = try model(isTrained: false)
        let experiment = try OverfittingExperiment(
            mode: .sequence,
            policy: model(isTrained: true),
            start: start,
            reference: start
        )
        let own = try experiment.curve(
            .init(.ipo, beta: curve.beta, learningRate: learningRate, steps: 100)
        )
        var compared = 0
        for (step, (expected, spread)) in zip(curve.h, curve.spread).enumerated() {
            // Beyond 1 % of h there is nothing left to compare.
            guard spread <= max(Self.margin, 0.01 * abs(expected)) else { break }
            let allowed = max(Self.margin, Self.spreads * spread)
            expectClose(own.points[step].margin, expected, absolute: allowed)
            let goal = expected - 1 / (2 * curve.beta)
            expectClose(own.points[step].loss, goal * goal, absolute: 3 * abs(goal) * allowed)
            compared += 1
        }
        #expect(compared >= 7)
        switch curve.end {
        case .diverged:
            // PyTorch's at update 12. The squares of the states are then beyond float32, and
            // whether a backward makes NaN or 0 of their infinities is a matter of its form.
            let isStill = own.points.dropFirst(12).allSatisfy {
                abs($0.margin - own.points[11].margin) <= Self.margin
            }
            #expect(own.divergence == 12 || isStill)
        case .margin(let margin):
            // The weights are so large that nothing moves any more.
            expectClose(try #require(own.points.last).margin, margin, absolute: Self.margin)
            #expect(own.points.count == 101)
        case nil: break
        }
    }

    @Test("from seeded weights IPO is thrown about as PyTorch's, as far as rounding allows")
    func seeded() throws {
        let golden = try #require(Self.golden)
        let curves = golden.curves.filter { $0.start == "splitmix_seed42" }
        #expect(curves.count == 2)
        for curve in curves { try compare(curve, golden.learningRate) }
    }

    @Test(
        "from saved weights IPO is thrown about as PyTorch's, as far as rounding allows",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)")
    )
    func saved() throws {
        let golden = try #require(Self.golden)
        let curves = golden.curves.filter { $0.start == "torch_seed42" }
        #expect(curves.count == 2)
        for curve in curves { try compare(curve, golden.learningRate) }
    }
}
