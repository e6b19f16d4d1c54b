import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import PreferenceOptimization

/// Training with every objective there is.
@Suite struct ObjectiveTrainingTests {
    static let names = Objective.all.map(\.name)

    /// Preferences that an objective is for, of unequal lengths.
    static func preferences(_ objective: ObjectiveSelection) -> [Preference] {
        objective.judgesAnswers
            ? preferences(objective.kind)
            : preferences(objective.kind).map {
                var preference = $0
                preference.judgement = .labelled(true)
                return preference
            }
    }

    /// Preferences of a kind, of unequal lengths.
    static func preferences(_ kind: Objective.Kind) -> [Preference] {
        let pairs = samplePairs.map(Preference.init)
        switch kind {
        case .pairs: return pairs
        case .labelled:
            return pairs.enumerated().map { index, pair in
                Preference(
                    sequences: [pair.sequences[index % 2]],
                    promptLength: pair.promptLength,
                    judgement: .labelled(index % 2 == 0),
                    source: pair.source
                )
            }
        case .rankings:
            return pairs.enumerated().map { index, pair in
                let prompt = Array(pair.sequences[0].tokens.prefix(pair.promptLength))
                let third = TokenSequence(
                    tokens: prompt + [7, 8, 9],
                    scored: [prompt.count..<prompt.count + 3]
                )
                return Preference(
                    sequences: pair.sequences + [third],
                    promptLength: pair.promptLength,
                    judgement: .ranked(index % 2 == 0 ? [1, 0, 2] : [0, 1, 1]),
                    source: pair.source
                )
            }
        }
    }

    /// The metrics of all steps and the weights afterwards.
    static func train(
        _ configuration: TrainingConfiguration,
        on preferences: [Preference]? = nil,
        following: Bool = false
    ) throws -> (metrics: [StepMetrics], models: TinyModels, trainer: Trainer) {
        let objective = configuration.objective
        let models = try TinyModels(followsPolicy: following)
        let trainer = try Trainer(
            policy: models.policy,
            reference: objective.needsReference ? models.reference : nil,
            preferences: preferences ?? Self.preferences(objective),
            configuration: configuration
        )
        return (try trainer.allMetrics(), models, trainer)
    }

    private func selection(_ name: String) throws -> ObjectiveSelection {
        ObjectiveSelection(try #require(Objective.named(name)))
    }

    @Test("every objective trains, and its loss falls", arguments: names)
    func learns(name: String) throws {
        let (metrics, _, _) = try Self.train(
            TrainerTests.configuration(objective: selection(name), batchSize: 8, steps: 8)
        )
        let losses = metrics.map(\.loss)
        #expect(losses.allSatisfy { $0.isFinite })
        #expect(try #require(losses.last) < losses[0])
        #expect(metrics.allSatisfy { $0.gradientNorm > 0 })
        #expect((metrics[0].kl != nil) == (name == "kto"))
    }

    @Test("steps are the same in any number of micro-batches, coupled or not", arguments: names)
    func microBatches(name: String) throws {
        let selection = try selection(name)
        let runs = try [4096, 1].map { limit in
            try Self.train(
                TrainerTests.configuration(
                    objective: selection,
                    batchSize: 4,
                    microBatchTokens: limit,
                    steps: 3
                )
            ).metrics
        }
        for (actual, expected) in zip(runs[1], runs[0]) {
            // Objectives of tenths and of hundreds.
            let scale = max(1, abs(expected.loss))
            expectClose(actual.loss, expected.loss, absolute: 3 * Tolerance.order * scale)
            expectClose(
                actual.gradientNorm,
                expected.gradientNorm,
                relative: 10 * Tolerance.order
            )
            expectClose(
                actual.rewardsMargin,
                expected.rewardsMargin,
                absolute: 10 * Tolerance.order
            )
        }
    }

    @Test("a trainer's gradient is that of the same loss in float64 with libtorch's own backward")
    func gradient() throws {
        let models = try TinyModels()
        let batch = PackedBatch(groups: samplePairs.prefix(4).map(\.sequences))
        let reference = try withoutGradients { try SequenceScores(models.reference, batch) }
        let scores = try SequenceScores(models.policy, batch)
        func side(_ tokens: Tensor, _ sequence: Int) throws -> Tensor {
            let range = batch.sequenceOffsets[sequence]..<batch.sequenceOffsets[sequence + 1]
            return try tokens.narrowed(range).sum()
        }
        let losses = try (0..<4).map { pair in
            let ratios = try [2 * pair, 2 * pair + 1].map {
                try side(scores.logProbabilities, $0) - side(reference.logProbabilities, $0)
            }
            // −log σ(β · margin) = log(1 + e^(−β · margin)), a quarter of the step.
            let margin = try ratios[0] - ratios[1]
            return try Tensor.concatenated([
                (margin * 0).reshaped([1]), (margin * -0.1).reshaped([1]),
            ])
            .logSumExponential(dimension: 0) * 0.25
        }
        try losses.dropFirst().reduce(losses[0]) { try $0 + $1 }.backward()
        let expected = try models.policy.parameters.map { try #require($0.value.gradient) }
        let norm = try withoutGradients { try expected.totalNorm().item() }
        let (metrics, _, _) = try Self.train(
            TrainerTests.configuration(batchSize: 4, steps: 1)
        )
        expectClose(metrics[0].gradientNorm, norm, relative: Tolerance.order)
    }

    @Test("a ranking of three trains pairs as its comparisons do, computing each answer once")
    func rankingsAsPairs() throws {
        let rankings = Array(Self.preferences(.rankings).prefix(4))
        let pairs = rankings.flatMap(\.pairs).map(Preference.init)
        #expect(pairs.count == 2 * 3 + 2 * 2)
        let together = try Self.train(
            TrainerTests.configuration(batchSize: 4, steps: 1),
            on: rankings
        )
        let apart = try Self.train(
            TrainerTests.configuration(batchSize: pairs.count, steps: 1),
            on: pairs
        )
        let (actual, expected) = (together.metrics[0], apart.metrics[0])
        expectClose(actual.loss, expected.loss, absolute: Tolerance.order)
        expectClose(actual.gradientNorm, expected.gradientNorm, relative: Tolerance.order)
        expectClose(
            actual.logProbabilitiesRejected,
            expected.logProbabilitiesRejected,
            absolute: Tolerance.order
        )
        #expect(actual.tokenCount < expected.tokenCount)
    }

    @Test("KTO's mismatched answers are those to the prompts before, cut at the limit")
    func mismatched() {
        func labelled(_ prompt: [Int32], _ answer: [Int32], _ line: Int) -> Preference {
            Preference(
                sequences: [
                    TokenSequence(
                        tokens: prompt + answer,
                        scored: [prompt.count..<prompt.count + answer.count]
                    )
                ],
                promptLength: prompt.count,
                judgement: .labelled(true),
                source: RowSource(file: "f", line: line)
            )
        }
        let all = [
            labelled([1, 2], [3, 4, 5], 1), labelled([6], [7], 2), labelled([8, 9, 10], [11], 3),
        ]
        let sequences = all.mismatched(limit: 4).flatMap(\.sequences)
        #expect(sequences.map(\.tokens) == [[1, 2, 11], [6, 3, 4, 5], [8, 9, 10, 7]])
        #expect(sequences.map(\.scored) == [[2..<3], [1..<4], [3..<4]])
        // Behind the limit nothing is scored.
        #expect(all.mismatched(limit: 4).map(\.promptLength) == [2, 1, 3])
        let cut = all.mismatched(limit: 2)
        #expect(cut.flatMap(\.sequences).map(\.scored) == [[], [1..<2], []])
        #expect(cut.map(\.promptLength) == [2, 1, 2])
    }

    @Test("KTO's reference point moves from 0 as the policy leaves the reference")
    func referencePoint() throws {
        // Where all answers are wanted, they become more probable behind any prompt.
        let wanted = Self.preferences(.labelled).map {
            var preference = $0
            preference.judgement = .labelled(true)
            return preference
        }
        let (metrics, _, _) = try Self.train(
            TrainerTests.configuration(
                objective: ObjectiveSelection(.kto),
                batchSize: 8,
                steps: 6
            ),
            on: wanted
        )
        // Policy and reference run the same kernels.
        expectClose(try #require(metrics[0].kl), 0, absolute: Tolerance.order)
        expectClose(metrics[0].loss, 0.5, absolute: Tolerance.order)
        #expect(try #require(metrics[5].kl) > 0.1)
        #expect(metrics.allSatisfy { ($0.kl ?? -1) >= 0 })
    }

    @Test("a reference moves to the policy at its steps: wholly, in part, and not between")
    func sync() throws {
        func distances(_ sync: ReferenceSync, steps: Int) throws -> Double {
            let (_, models, _) = try Self.train(
                TrainerTests.configuration(
                    referenceSync: sync,
                    batchSize: 4,
                    steps: steps
                ),
                following: true
            )
            return try withoutGradients {
                try zip(models.policy.parameters, models.reference.parameters).map { own, other in
                    try [own.master - other.master].totalNorm().item()
                }.reduce(0, +)
            }
        }
        #expect(try distances(ReferenceSync(mixup: 1, steps: 2), steps: 2) == 0)
        let untouched = try distances(ReferenceSync(mixup: 1, steps: 2), steps: 1)
        #expect(untouched > 0)
        let soft = try distances(ReferenceSync(mixup: 0.6, steps: 1), steps: 1)
        expectClose(soft, 0.4 * untouched, relative: 1e-4)
    }

    @Test("weights scale gradients, and margins and LD-DPO's and WPO's weights go in")
    func modifiers() throws {
        func first(
            _ modifiers: ObjectiveModifiers = .init(),
            weight: Double = 1,
            margin: Double = 0
        ) throws -> StepMetrics {
            let preferences = Self.preferences(.pairs).map {
                var preference = $0
                preference.weight = weight
                preference.margin = margin
                return preference
            }
            return try Self.train(
                TrainerTests.configuration(
                    objective: ObjectiveSelection(["sigmoid"], modifiers: modifiers),
                    batchSize: 8,
                    steps: 1
                ),
                on: preferences
            ).metrics[0]
        }
        let plain = try first()
        let weighted = try first(weight: 3)
        expectClose(weighted.loss, 3 * plain.loss, relative: Tolerance.order)
        expectClose(weighted.gradientNorm, 3 * plain.gradientNorm, relative: Tolerance.order)
        expectClose(try first(margin: 1).loss, log(1 + exp(1.0)), relative: Tolerance.order)
        let wpo = try first(.init(usesPolicyWeights: true))
        // Unlikely tokens make for weights below 1.
        #expect(wpo.loss > 0 && wpo.loss < plain.loss)
        let desensitized = try first(.init(lengthDesensitization: .init(alpha: 0.2)))
        #expect(desensitized.logProbabilitiesChosen > plain.logProbabilitiesChosen)
        #expect(desensitized.gradientNorm < plain.gradientNorm)
    }

    @Test("data that an objective is not for are refused with their place and what fits")
    func wrongData() throws {
        func message(_ name: String, _ preferences: [Preference]) throws -> String {
            let error = try #require(throws: SettingError.self) {
                try Self.train(
                    TrainerTests.configuration(objective: selection(name)),
                    on: preferences
                )
            }
            return error.description
        }
        #expect(
            try message("sigmoid", Self.preferences(.labelled))
                == "--loss is sigmoid, which is for pairs, but pairs.jsonl:1 is a labelled answer; "
                + "one of kto, bco, apo_zero_unpaired, nll is needed"
        )
        #expect(
            try message("kto", Self.preferences(.pairs))
                .hasPrefix("--loss is kto, which is for labelled answers, but pairs.jsonl:1 is a ")
        )
        #expect(
            try message("nll", Self.preferences(.labelled))
                == "--loss is nll, and pairs.jsonl:2 is not wanted; an objective for "
                + "such answers, or data without them, is needed"
        )
        var preference = Self.preferences(.pairs)[0]
        preference.margin = 1
        #expect(
            try message("ipo", [preference]).contains("would ignore the margin of pairs.jsonl:1")
        )
        preference.margin = 0
        preference.weight = 2
        #expect(try message("aot", [preference]).contains("weight of pairs.jsonl:1"))
    }

    @Test(
        "labels go to objectives of labels alone, and comparisons to all others",
        arguments: names
    )
    func kinds(name: String) throws {
        let objective = try #require(Objective.named(name))
        let selection = ObjectiveSelection(objective)
        for kind in Objective.Kind.allCases {
            let isLabelled = kind == .labelled
            let preference = Self.preferences(kind)[0]
            guard isLabelled != (objective.kind == .labelled) else {
                try selection.requireFit(preference)
                continue
            }
            let error = try #require(throws: SettingError.self) {
                try selection.requireFit(preference)
            }
            #expect(error.found.hasPrefix("\(name), which is for \(objective.kind.rawValue), but"))
            let fitting = Objective.all.filter { ($0.kind == .labelled) == isLabelled }
            #expect(error.allowed == "one of " + fitting.map(\.name).joined(separator: ", "))
        }
    }

    @Test("log Σ p² of each token is that of the model's distribution")
    func collisions() throws {
        let states = try Tensor.sample([5, 4], .float32, seed: 1)
        let weight = try Tensor.sample([11, 4], .float32, seed: 2)
        let targets = try Tensor([0, 3, 10, 2, 7] as [Int32]).to(.int64)
        let scores = try TokenScores(
            states: states,
            vocabularyWeight: weight,
            targets: targets,
            withStatistics: false,
            withCollisions: true,
            chunkByteCount: 100
        )
        let logits = try states.linear(weight).doubles()
        let expected = (0..<5).map { row in
            let powers = logits[11 * row..<11 * row + 11].map { exp($0) }
            let sum = powers.reduce(0, +)
            return log(powers.reduce(0) { $0 + ($1 / sum) * ($1 / sum) })
        }
        expectClose(
            try #require(scores.logCollisions).doubles(),
            expected,
            absolute: Tolerance.float32
        )
    }
}
