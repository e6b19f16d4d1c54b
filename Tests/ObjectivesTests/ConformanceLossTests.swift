import Foundation
import TestSupport
import Testing

@testable import Objectives

/// All cases of losses recorded with TRL 1.16 in float32.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConformanceLossTests {
    struct Golden: Decodable {
        let completionMask: [[Int]]
        let logProbsRowsChosenThenRejected: [[Double]]
        let logSumSqProbs: [[Double]]
        let refChosenLogps, refRejectedLogps: [Double]
        let cases: [String: Case]
    }

    struct Case: Decodable {
        let loss, gradSumAbs, gradSum: Double
        let metrics: [String: Double]
    }

    /// The settings that the name of a case stands for.
    static func selection(_ name: String) throws -> ObjectiveSelection {
        if name.hasPrefix("mpo") {
            return try ObjectiveSelection(
                ["sigmoid", "bco_pair", "sft"],
                weights: [0.8, 0.2, 1]
            )
        }
        if name == "sigmoid beta=0.5" {
            return try ObjectiveSelection(["sigmoid"], values: [.beta: 0.5])
        }
        if name.hasPrefix("sigmoid+ld0.5") {
            // The recorded reference sums are not weighted.
            return try ObjectiveSelection(
                ["sigmoid"],
                modifiers: .init(lengthDesensitization: .init(alpha: 0.5, onReference: false))
            )
        }
        if name == "sigmoid+wpo" {
            return try ObjectiveSelection(["sigmoid"], modifiers: .init(usesPolicyWeights: true))
        }
        let loss = String(name.prefix { $0 != "{" && $0 != "+" })
        var values: [ObjectiveParameter.Name: Double] = [:]
        if let colon = name.lastIndex(of: ":") {
            values[.labelSmoothing] = Double(
                name[colon...].dropFirst().trimmingCharacters(in: CharacterSet(charactersIn: " }"))
            )
        }
        let divergence = name.split(separator: "+").dropFirst().first
            .flatMap { Divergence.Kind(rawValue: String($0)) }
        return try ObjectiveSelection(
            [loss],
            values: values,
            modifiers: .init(divergence: Divergence(divergence ?? .reverseKL))
        )
    }

    @Test("all 29 losses, gradients and metrics are TRL's")
    func all() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let golden = try decoder.decode(
            Golden.self,
            from: Data(contentsOf: Conformance.file("goldens/losses_trl_1.16.json"))
        )
        #expect(golden.cases.count == 29)
        // The recorded gradients are of whole rows: TRL adds up all columns of a row, and those
        // that are not scored hold 0. LD-DPO leaves those of the prompt out, and those behind an
        // answer count as its last token.
        var columns: [Scalar] = []
        func answer(_ row: Int, reference: Double, isWeighted: Bool) -> AnswerScore {
            let mask = golden.completionMask[row].dropFirst()
            func scored(_ values: [Double]) -> [Double] {
                zip(values, mask).filter { $1 == 1 }.map(\.0)
            }
            let tokens = scored(golden.logProbsRowsChosenThenRejected[row])
            var score = AnswerScore(
                tokens: tokens.map(Scalar.variable),
                referenceTokens: [],
                reference: reference,
                tokenCount: tokens.count,
                logCollisions: scored(golden.logSumSqProbs[row])
            )
            if isWeighted {
                let behind = mask.reversed().prefix { $0 == 0 }.count
                columns +=
                    score.tokens + Array(repeating: score.tokens[tokens.count - 1], count: behind)
                return score
            }
            let others = mask.filter { $0 == 0 }.map { _ in Scalar.variable(0) }
            score.policy = score.policy + others.sum()
            columns += score.tokens + others
            return score
        }
        for (name, recorded) in golden.cases {
            columns = []
            let isWeighted = name.contains("+ld")
            let pairs = (0..<3).map {
                ScoredPair(
                    chosen: answer(
                        $0,
                        reference: golden.refChosenLogps[$0],
                        isWeighted: isWeighted
                    ),
                    rejected: answer(
                        $0 + 3,
                        reference: golden.refRejectedLogps[$0],
                        isWeighted: isWeighted
                    )
                )
            }
            let selection = try Self.selection(name)
            var state = ObjectiveState()
            let step = ScoredStep.pairs(pairs)
            let loss = selection.losses(step, counts: step.counts, state: &state).sum() / 3
            let gradient = Scalar.gradients(of: loss, withRespectTo: columns)
            let error = difference(
                [loss.value, gradient.reduce(0) { $0 + abs($1) }, gradient.reduce(0, +)],
                [recorded.loss, recorded.gradSumAbs, recorded.gradSum],
                // The sum of gradients cancels: its error is that of what cancelled.
                absolute: Tolerance.float32 * recorded.gradSumAbs,
                relative: Tolerance.float32
            )
            #expect(error == nil, "\(name)")
            guard selection.needsReference,
                case .pairs(let reported) = selection.reported(step)
            else { continue }
            let rewards = reported.map { selection.reward($0.chosen) }
            expectClose(
                rewards.reduce(0, +) / 3,
                try #require(recorded.metrics["rewards/chosen"]),
                absolute: 1e-6
            )
        }
    }
}
