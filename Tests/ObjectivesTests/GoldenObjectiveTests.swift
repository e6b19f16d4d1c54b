import Foundation
import TestSupport
import Testing

@testable import Objectives

/// Losses and gradients of TRL's own functions, and of allRank's for rankings, made by Tools/make_golden_objectives.py.
@Suite struct GoldenObjectiveTests {
    struct Golden: Decodable {
        let labels: [Bool]
        let ranks: [[Int]]
        let promptLength: Int
        let notebookPair: Int
        let pairs: [Pair]
        let cases: [Case]
    }

    struct Pair: Decodable { let chosen, rejected: Side }

    struct Side: Decodable {
        let policy, reference, logCollisions: [Double]
        let mismatchedPolicy, mismatchedReference: Double

        /// - Parameter rounded: whether the policy's numbers come as float32, as from a model.
        func score(rounded: Bool) -> AnswerScore {
            answer(
                rounded ? policy.map { Double(Float($0)) } : policy,
                reference: rounded ? reference.map { Double(Float($0)) } : reference,
                logCollisions: logCollisions
            )
        }
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let source: String
        let loss: [String]
        let dtype: String
        let parameters: [String: Double]
        let value: Double
        let gradient: [Double]
        let weights: [Double]?
        let divergence: String?
        let ldAlpha: Double?
        let wpo: Bool?

        var testDescription: String {
            "\(loss.joined(separator: ",")) \(parameters) \(divergence ?? "") "
                + "\(ldAlpha.map { "ld \($0)" } ?? "") \(wpo == true ? "wpo" : "")"
        }

        func selection() throws -> ObjectiveSelection {
            var values: [ObjectiveParameter.Name: Double] = [:]
            for (key, value) in parameters {
                values[try #require(ObjectiveParameter.Name(rawValue: key))] = value
            }
            var modifiers = ObjectiveModifiers(usesPolicyWeights: wpo ?? false)
            if let divergence {
                modifiers.divergence = try Divergence(
                    #require(Divergence.Kind(rawValue: divergence))
                )
            }
            modifiers.lengthDesensitization = ldAlpha.map { .init(alpha: $0) }
            return try ObjectiveSelection(
                loss,
                weights: weights,
                values: values,
                modifiers: modifiers
            )
        }
    }

    static let golden: Golden? = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(
            Golden.self,
            from: Data(contentsOf: folder.appending(path: "Fixtures/objectives.json"))
        )
    }()

    @Test("the golden values are there, with every objective of which there is an implementation")
    func present() throws {
        let golden = try #require(Self.golden)
        #expect(golden.cases.count == 72)
        let names = Set(golden.cases.flatMap(\.loss))
        // What implements the one needs a framework of its own: its values are worked out by hand.
        // The other is held to a whole run of TRL's, in PreferenceOptimization's tests.
        #expect(Objective.all.map(\.name).filter { !names.contains($0) } == ["dpop", "nll"])
        // Every objective that takes an f-divergence, with each of them.
        for objective in Objective.all where objective.allowsDivergence {
            // TRL has neither of them; they differ from sigmoid and ipo behind the scores only.
            guard !["cdpo", "ipo_sum"].contains(objective.name) else { continue }
            let divergences = golden.cases.filter { $0.loss == [objective.name] }
                .compactMap(\.divergence)
            #expect(Set(divergences).count == 3, "\(objective.name)")
        }
    }

    @Test("loss and gradient are those of the reference implementation", arguments: [false, true])
    func cases(rounded: Bool) throws {
        let golden = try #require(Self.golden)
        for one in golden.cases {
            let selection = try one.selection()
            var pairs = golden.pairs
            if one.source == "the notebook" { pairs = [pairs[golden.notebookPair]] }
            let step: ScoredStep
            var mismatched = 0.0
            switch selection.kind {
            case .rankings:
                let sides = [pairs.map(\.chosen), pairs.map(\.rejected)]
                step = .rankings(
                    zip(sides, golden.ranks).map { sides, ranks in
                        ScoredRanking(sides.map { $0.score(rounded: rounded) }, ranks: ranks)
                    }
                )
            case .labelled:
                let sides = zip(pairs, golden.labels).map { $1 ? $0.chosen : $0.rejected }
                step = .labelled(
                    zip(sides, golden.labels).map {
                        ScoredAnswer($0.score(rounded: rounded), isWanted: $1)
                    }
                )
                let ratios = sides.map { $0.mismatchedPolicy - $0.mismatchedReference }
                mismatched = max(0, ratios.reduce(0, +) / Double(ratios.count))
            case .pairs:
                step = .pairs(
                    pairs.map {
                        ScoredPair(
                            chosen: $0.chosen.score(rounded: rounded),
                            rejected: $0.rejected.score(rounded: rounded)
                        )
                    }
                )
            }
            var counts = step.counts
            counts.chosenSequenceTokens =
                counts.chosenTokens + golden.promptLength * counts.losses
            let result = selection.evaluate(step, counts: counts, mismatchedLogRatio: mismatched)
            let isExact = !rounded && one.dtype == "float64"
            let tolerance = isExact ? Tolerance.float64 : Tolerance.float32
            let largest = one.gradient.map(abs).max() ?? 0
            let error = difference(
                [result.loss] + result.gradient,
                [one.value] + one.gradient,
                absolute: isExact ? 1e-12 : tolerance * largest,
                relative: tolerance
            )
            #expect(error == nil, "\(one.testDescription)")
        }
    }
}
