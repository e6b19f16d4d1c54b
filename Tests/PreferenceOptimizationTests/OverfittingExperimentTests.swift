import Files
import Foundation
import LanguageModels
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import PreferenceOptimization

/// The experiment on a single pair, from its closed-form start.
@Suite struct OverfittingExperimentTests {
    /// An experiment on the toy model with the seeds of the golden curves.
    static func experiment(
        _ mode: OverfittingExperiment.Mode,
        policySeed: UInt64 = 44
    ) throws -> OverfittingExperiment {
        let reference = try ToyLlama.model(seed: 42, .init(isTrained: false))
        let seed = mode == .sequence ? 42 : policySeed
        return try OverfittingExperiment(
            mode: mode,
            policy: ToyLlama.model(seed: seed),
            start: mode == .sequence
                ? reference : ToyLlama.model(seed: seed, .init(isTrained: false)),
            reference: reference
        )
    }

    @Test("a policy that is the reference has DPO's loss ln 2 and IPO's 1/(4β²), and h = 0")
    func start() throws {
        let experiment = try Self.experiment(.sequence)
        for beta in [0.1, 0.5, 1] {
            let dpo = try experiment.curve(.init(.dpo, beta: beta, learningRate: 0.01, steps: 1))
            let ipo = try experiment.curve(.init(.ipo, beta: beta, learningRate: 1e-5, steps: 1))
            expectClose(dpo.points[0].loss, ln2, absolute: Tolerance.float32)
            expectClose(ipo.points[0].loss, 1 / (4 * beta * beta), relative: Tolerance.order)
            for curve in [dpo, ipo] {
                expectClose(curve.points[0].margin, 0, absolute: Tolerance.order)
                expectClose(curve.points[0].preference, 0.5, absolute: Tolerance.order)
                #expect(curve.points.map(\.step) == [0, 1])
            }
        }
    }

    @Test("IPO's h settles at 1/(2β), whatever β", arguments: [0.1, 0.5, 1])
    func ipo(beta: Double) throws {
        let curve = try Self.experiment(.sequence)
            .curve(.init(.ipo, beta: beta, learningRate: 1e-5, steps: 40))
        let last = try #require(curve.points.last)
        // The distance shrinks by a factor of about 0.7 at every update; 40 leave 1e-6 of it.
        expectClose(last.margin, 1 / (2 * beta), relative: 1e-3)
        let settled = try #require(curve.settled)
        #expect(settled < 40)
        #expect(curve.verdict.contains("from update \(settled) on"))
    }

    @Test("DPO's h rises at every update, and further the smaller β is")
    func dpo() throws {
        let experiment = try Self.experiment(.sequence)
        let curves = try [0.1, 0.5].map {
            try experiment.curve(.init(.dpo, beta: $0, learningRate: 0.01, steps: 40))
        }
        for curve in curves {
            let margins = curve.points.map(\.margin)
            #expect(zip(margins, margins.dropFirst()).allSatisfy { $0 < $1 })
            #expect(curve.finalSlope > 0)
            #expect(curve.settled == nil)
            #expect(curve.verdict.contains("still rising"))
        }
        let ends = try curves.map { try #require($0.points.last).margin }
        #expect(ends[0] > ends[1])
        #expect(OverfittingCurve.verdict(curves)[0].contains("2 of 2"))
    }

    @Test("every curve begins at the start, whatever was trained before it")
    func independence() throws {
        let experiment = try Self.experiment(.sequence)
        let settings = OverfittingSettings(.dpo, beta: 0.1, learningRate: 0.1, steps: 3)
        let first = try experiment.curve(settings)
        let second = try experiment.curve(settings)
        #expect(second == first)
    }

    @Test("the notebook's way asks each row for the token that it has just read")
    func unshifted() throws {
        let models = try [44, 42].map { try ToyLlama.model(seed: $0, .init(isTrained: false)) }
        // The same said with shifted scores: the token at t once more behind it.
        func own(_ model: any CausalLanguageModel, _ answer: [Int32]) throws -> [Double] {
            try (0..<4).map { index in
                let tokens: [Int32] = [5, 8, 9, 10, 5, 3] + answer.prefix(index + 1)
                let row = tokens.count
                let sequence = TokenSequence(
                    tokens: tokens + [answer[index]],
                    scored: [row..<row + 1]
                )
                let batch = PackedBatch(groups: [[sequence]])
                return Double(
                    try SequenceScores(model, batch).logProbabilities.elements(as: Float.self)[0]
                )
            }
        }
        let (chosen, rejected): ([Int32], [Int32]) = ([16, 29, 18, 17], [26, 14, 31, 0])
        let ratios = try [chosen, rejected].map { answer in
            zip(try own(models[0], answer), try own(models[1], answer)).map { $0 - $1 }
        }
        let point = try #require(
            Self.experiment(.notebook)
                .curve(.init(.dpo, beta: 0.5, learningRate: 0.01, steps: 1)).points.first
        )
        let margins = zip(ratios[0], ratios[1]).map { $0 - $1 }
        expectClose(point.margins, margins, absolute: Tolerance.order)
        expectClose(
            point.lastRejectedProbability,
            exp(try own(models[0], rejected)[3]),
            relative: Tolerance.order
        )
        // −log σ summed over four tokens, divided by the ten of prompt and answer.
        let loss = margins.map { log(1 + exp(-0.5 * $0)) }.reduce(0, +) / 10
        expectClose(point.loss, loss, absolute: Tolerance.order)
    }

    @Test("Adam trains too, and otherwise")
    func adam() throws {
        let experiment = try Self.experiment(.sequence)
        let curves = try OverfittingSettings.Optimizer.allCases.map {
            try experiment.curve(
                .init(.dpo, beta: 0.1, learningRate: 1e-3, optimizer: $0, steps: 5)
            )
        }
        let ends = try curves.map { try #require($0.points.last).margin }
        #expect(ends.allSatisfy { $0 > 1 })
        #expect(ends[0] != ends[1])
    }

    @Test("a learning rate that is too large ends a curve where numbers end, and it is said")
    func divergence() throws {
        let curve = try Self.experiment(.sequence)
            // Beyond float32's largest number: the first update makes weights infinite.
            .curve(.init(.ipo, beta: 0.5, learningRate: 1e40, steps: 50))
        let divergence = try #require(curve.divergence)
        #expect(divergence == 1)
        #expect(curve.points.count == divergence + 1)
        #expect(curve.settled == nil)
        #expect(curve.verdict.contains("diverged; behind update \(divergence)"))
        #expect(OverfittingCurve.verdict([curve]) == ["IPO: h settled at 1/(2β) in 0 of 1 curves."])
    }

    @Test("settings out of range are refused with what is allowed")
    func settings() throws {
        let experiment = try Self.experiment(.sequence)
        for (settings, name) in [
            (OverfittingSettings(.dpo, beta: 0, learningRate: 1), "dpo-beta"),
            (OverfittingSettings(.ipo, beta: .infinity, learningRate: 1), "ipo-beta"),
            (OverfittingSettings(.ipo, beta: 1, learningRate: .nan), "ipo-learning-rate"),
            (OverfittingSettings(.dpo, beta: 1, learningRate: 1, steps: 0), "steps"),
        ] {
            let error = #expect(throws: SettingError.self) { try experiment.curve(settings) }
            #expect(error?.name == name)
        }
    }

    @Test("the table has a line for every point, with the tokens' margins in the notebook's way")
    func table() throws {
        let settings = OverfittingSettings(.ipo, beta: 0.5, learningRate: 1e-5, steps: 2)
        let curves = try OverfittingExperiment.Mode.allCases.map {
            try Self.experiment($0).curve(settings)
        }
        let lines = OverfittingCurve.table(curves).split(separator: "\n")
        let rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(lines.count == 1 + 2 * 3)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(lines[1].hasPrefix("sequence,ipo,0.5,1e-05,sgd,0,"))
        #expect(rows[1].suffix(4) == ["", "", "", ""])
        let last = try #require(curves[1].points.last)
        #expect(rows[6].suffix(4).compactMap { Double($0) } == last.margins)
    }
}
