import Foundation
import TestSupport
import Testing

@testable import Objectives

/// What holds for every objective there is, and for those of a family.
@Suite struct ObjectivePropertyTests {
    static let names = Objective.all.map(\.name)
    static let pairNames = Objective.all.filter { $0.kind == .pairs }.map(\.name)

    private func objective(_ name: String) throws -> Objective {
        try #require(Objective.named(name))
    }

    @Test("names, and what help shows of them, are there and are told apart")
    func listing() {
        #expect(Set(Self.names).count == Self.names.count)
        for objective in Objective.all {
            #expect(!objective.summary.isEmpty && !objective.formula.isEmpty)
            #expect(!objective.advice.isEmpty && !objective.source.isEmpty)
            for parameter in objective.parameters {
                #expect(parameter.allows(parameter.defaultValue), "\(objective.name)")
                #expect(!parameter.allows(.nan) && !parameter.allows(.infinity))
            }
            #expect(Set(objective.parameters.map(\.name)).count == objective.parameters.count)
        }
    }

    @Test("gradients are those of central differences", arguments: names)
    func gradients(name: String) throws {
        let objective = try objective(name)
        for seed: UInt64 in 1...3 {
            let step = sampleStep(objective.kind, seed: seed)
            // A point that is not 0 shows whether it goes in at the right place.
            func loss(_ step: ScoredStep) -> Scalar {
                meanLoss(objective, step, referencePoint: 0.3)
            }
            let variables = step.variables
            let gradient = Scalar.gradients(of: loss(step), withRespectTo: variables)
            let values = variables.map(\.value)
            let h = 1e-5
            let differences = values.indices.map { index in
                let ends = [h, -h].map { offset in
                    var moved = values
                    moved[index] += offset
                    return loss(step.replacing(moved)).value
                }
                return (ends[0] - ends[1]) / (2 * h)
            }
            let largest = gradient.map(abs).max() ?? 0
            #expect(largest > 0)
            expectClose(
                gradient,
                differences,
                absolute: Tolerance.finiteDifference * max(1, largest)
            )
        }
    }

    @Test(
        "log-ratios of ±10,000, and answers of one token or none, have finite losses and gradients",
        arguments: names
    )
    func extremes(name: String) throws {
        let selection = ObjectiveSelection(try objective(name))
        let far = [1e4, -1e4, 0]
        for chosen in far {
            for rejected in far {
                let scores = [chosen, rejected].map { ratio in
                    AnswerScore(
                        tokens: [.variable(min(0, ratio))],
                        referenceTokens: [min(0, -ratio)]
                    )
                }
                try expectFinite(selection, scores)
                try expectFinite(selection, [scores[0], AnswerScore(tokens: [])])
                try expectFinite(selection, [AnswerScore(tokens: []), scores[1]])
            }
        }
        try expectFinite(selection, [AnswerScore(tokens: []), AnswerScore(tokens: [])])
    }

    private func expectFinite(_ selection: ObjectiveSelection, _ scores: [AnswerScore]) throws {
        let step: ScoredStep =
            switch selection.kind {
            case .pairs: .pairs([ScoredPair(chosen: scores[0], rejected: scores[1])])
            case .labelled:
                .labelled(zip(scores, [true, false]).map { ScoredAnswer($0, isWanted: $1) })
            case .rankings: .rankings([ScoredRanking(scores, ranks: [0, 1])])
            }
        let (loss, gradient) = selection.evaluate(step)
        #expect(loss.isFinite)
        #expect(gradient.allSatisfy { $0.isFinite })
    }

    @Test("the order of a step's preferences does not matter", arguments: names)
    func order(name: String) throws {
        let objective = try objective(name)
        let selection = ObjectiveSelection(objective)
        let (step, mirrored): (ScoredStep, ScoredStep)
        switch sampleStep(objective.kind) {
        case .pairs(let pairs): (step, mirrored) = (.pairs(pairs), .pairs(pairs.reversed()))
        case .labelled(let all): (step, mirrored) = (.labelled(all), .labelled(all.reversed()))
        case .rankings(let all): (step, mirrored) = (.rankings(all), .rankings(all.reversed()))
        }
        let (loss, gradient) = selection.evaluate(step)
        var state = ObjectiveState()
        let losses = selection.losses(mirrored, counts: step.counts, state: &state)
        let mean = losses.sum() / Double(losses.count)
        expectClose(mean.value, loss, relative: Tolerance.order)
        expectClose(
            Scalar.gradients(of: mean, withRespectTo: step.variables),
            gradient,
            absolute: Tolerance.order * (gradient.map(abs).max() ?? 1)
        )
    }

    @Test("micro-batches of what is not coupled add up to the whole step", arguments: names)
    func microBatches(name: String) throws {
        let selection = ObjectiveSelection(try objective(name))
        guard !selection.couplesStep else { return }
        let step = sampleStep(selection.kind)
        let parts: [ScoredStep] =
            switch step {
            case .pairs(let all): [.pairs(Array(all[..<1])), .pairs(Array(all[1...]))]
            case .labelled(let all): [.labelled(Array(all[..<1])), .labelled(Array(all[1...]))]
            case .rankings(let all): [.rankings(Array(all[..<1])), .rankings(Array(all[1...]))]
            }
        let whole = selection.evaluate(step)
        // The mean over the step's preferences, whatever the part.
        let sums = parts.map { selection.evaluate($0, counts: step.counts) }
        expectClose(sums.reduce(0) { $0 + $1.loss }, whole.loss, relative: Tolerance.order)
        expectClose(sums.flatMap(\.gradient), whole.gradient, absolute: Tolerance.order)
    }

    @Test("only differences to the reference count, where there is one", arguments: names)
    func shift(name: String) throws {
        let objective = try objective(name)
        // What these compute beside the log-ratios is made of plain likelihoods.
        guard objective.needsReference else { return }
        let step = sampleStep(objective.kind)
        let moved = step.mapAnswers { score in
            answer(
                score.tokens.map { $0.value - 2 },
                reference: score.referenceTokens.map { $0 - 2 }
            )
        }
        let selection = ObjectiveSelection(objective)
        expectClose(
            selection.evaluate(moved).loss,
            selection.evaluate(step).loss,
            relative: 1e-11
        )
    }

    @Test(
        "moving both answers alike changes nothing for objectives of the margin",
        arguments: ["sigmoid", "cdpo", "robust", "hinge", "ipo_sum", "exo_pair", "discopop", "aot"]
    )
    func commonShift(name: String) throws {
        let objective = try objective(name)
        func loss(_ common: Double) -> Double {
            meanLoss(objective, .pairs([pair(3 + common, -2 + common)])).value
        }
        expectClose(loss(-7), loss(0), relative: Tolerance.order)
    }

    @Test("swapping the answers of a pair turns the loss of h into that of −h")
    func swap() {
        for objective in [Objective.sigmoid, .cdpo, .robust, .hinge, .exoPair, .ipoSum, .aot] {
            let forth = meanLoss(objective, .pairs([pair(1, 9)])).value
            let back = meanLoss(objective, .pairs([pair(9, 1)])).value
            #expect(forth > back, "\(objective.name)")
        }
        // −log σ(−x) = x − log σ(x): by β·h = 0.8 more; with ε = 0.1 by (1 − 2ε) · 0.8.
        func gap(_ objective: Objective) -> Double {
            meanLoss(objective, .pairs([pair(1, 9)])).value
                - meanLoss(objective, .pairs([pair(9, 1)])).value
        }
        expectClose(gap(.sigmoid), 0.8, absolute: 1e-12)
        expectClose(gap(.cdpo), 0.64, absolute: 1e-12)
        // (h + 5)² − (h − 5)² = 4 · 5 · h for h = 8, and 1/(2β) = 5.
        expectClose(gap(.ipoSum), 160, absolute: 1e-9)
    }

    @Test("raising the chosen answer lowers the loss at the reference", arguments: names)
    func direction(name: String) throws {
        let objective = try objective(name)
        // APO-down takes chosen answers down too, and at 0 DiscoPOP rises: that is how it is.
        guard !["apo_down", "discopop"].contains(objective.name) else { return }
        let scores = [-1, -1.2].map { answer(sum: $0, reference: $0) }
        let step: ScoredStep =
            switch objective.kind {
            case .pairs: .pairs([ScoredPair(chosen: scores[0], rejected: scores[1])])
            case .labelled: .labelled([ScoredAnswer(scores[0], isWanted: true)])
            case .rankings: .rankings([ScoredRanking(scores, ranks: [0, 1])])
            }
        let loss = meanLoss(objective, step)
        #expect(Scalar.gradients(of: loss, withRespectTo: [scores[0].tokens[0]])[0] < 0)
    }
}
