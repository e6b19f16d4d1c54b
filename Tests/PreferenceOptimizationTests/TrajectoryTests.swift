import Foundation
import LanguageModels
import Objectives
import OrderedJSON
import PreferenceData
import PreferenceOptimization
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Tokenizers
import Torch

/// A run recorded with TRL, step by step.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct TrajectoryTests {
    static let folder = "trajectories/stories260K-sigmoid"
    static let model = "models/stories260K"

    /// How the step's pairs are computed, which must not matter.
    struct Way: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var microBatchTokens = 4096
        var sharing = true
        var checkpointing = ActivationCheckpointing.off
        /// How many micro-batches the first step has.
        var microBatches: Int
    }

    static let ways = [
        Way(testDescription: "all at once", microBatches: 1),
        Way(testDescription: "without sharing", sharing: false, microBatches: 1),
        Way(testDescription: "pair by pair", microBatchTokens: 1, microBatches: 4),
        Way(testDescription: "two pairs at a time", microBatchTokens: 1000, microBatches: 2),
        Way(
            testDescription: "with layers that keep their input alone",
            microBatchTokens: 1000,
            checkpointing: .full,
            microBatches: 2
        ),
    ]

    private func dataset(_ settings: JSONValue) throws -> PreferencePairs {
        try PreferenceDataset.load(
            [Conformance.file("\(Self.folder)/data.jsonl")],
            processor: TextProcessor(Tokenizer(folder: Conformance.file(Self.model))),
            settings: DataSettings(
                maximumLength: try #require(settings["max_length"]?.integer)
            )
        ).pairs
    }

    private func settings() throws -> JSONValue {
        try JSONValue(contentsOf: Conformance.file("\(Self.folder)/config.json"))
    }

    @Test("every row has the token ids of the run, cut at its maximum length")
    func tokens() throws {
        let pairs = try dataset(settings())
        let rows = try PairScorerTests.rows(Conformance.file("\(Self.folder)/tokens.jsonl"))
        #expect(pairs.count == 48)
        #expect(rows.count == 48)
        for (pair, row) in zip(pairs, rows) {
            let prompt = try row.tokens("prompt_ids")
            #expect(pair.promptLength == prompt.count)
            #expect(
                try pair.chosen.tokens == Array((prompt + row.tokens("chosen_ids")).prefix(256))
            )
            #expect(
                try pair.rejected.tokens == Array((prompt + row.tokens("rejected_ids")).prefix(256))
            )
        }
    }

    @Test("every step's numbers and the final weights are those of TRL", arguments: ways)
    func trajectory(way: Way) throws {
        let settings = try settings()
        let configuration = TrainingConfiguration(
            objective: try ObjectiveSelection(
                ["sigmoid"],
                values: [.beta: #require(settings["beta"]?.double)]
            ),
            learningRate: try #require(settings["learning_rate"]?.double),
            schedule: LearningRateSchedule(
                warmup: .steps(try #require(settings["warmup_steps"]?.integer))
            ),
            optimizer: OptimizerSelection(
                weightDecay: try #require(settings["weight_decay"]?.double)
            ),
            batchSize: try #require(settings["per_device_train_batch_size"]?.integer),
            microBatchTokens: way.microBatchTokens,
            activationCheckpointing: way.checkpointing,
            maximumSteps: try #require(settings["max_steps"]?.integer),
            maximumLength: try #require(settings["max_length"]?.integer),
            maximumGradientNorm: try #require(settings["max_grad_norm"]?.double),
            shuffles: false,
            sharesPrefixes: way.sharing
        )
        let pairs = try dataset(settings)
        #expect(
            PackedBatch.microBatches(
                rowCounts: pairs.prefix(configuration.batchSize).map {
                    PackedBatch.rowCount(of: $0.sequences, sharingPrefixes: way.sharing)
                },
                tokenLimit: way.microBatchTokens
            ).count == way.microBatches
        )
        let source = try ModelFolder(Conformance.file(Self.model))
        let policy = try source.load()
        let trainer = try Trainer(
            policy: policy,
            reference: source.load(.init(isTrained: false)),
            pairs: pairs,
            configuration: configuration
        )
        var steps: [StepMetrics] = []
        try trainer.train {
            steps.append($0)
            return .continue
        }
        let log = try PairScorerTests.rows(Conformance.file("\(Self.folder)/log.jsonl"))
            .filter { $0["loss"] != nil }
        try #require(steps.count == 12)
        try #require(log.count == 12)
        for (metrics, row) in zip(steps, log) { try expect(metrics, row) }
        try expectFinalWeights(
            policy,
            Conformance.file(Self.folder),
            learningRate: configuration.learningRate
        )
    }

    /// A run of another architecture or objective.
    struct Run: CustomTestStringConvertible, Sendable {
        var folder: String
        var model: String
        var pairs: Int
        var testDescription: String { folder }
    }

    static let runs = [
        Run(folder: "qwen3-chat-sigmoid", model: "qwen3-random-tiny", pairs: 29),
        Run(folder: "storybyte-gpt2-ipo-accumulate2", model: "storybyte-nano-gpt2", pairs: 48),
    ]

    @Test("runs of other architectures and objectives are those of TRL", arguments: runs)
    func others(run: Run) throws {
        let folder = try Conformance.file("trajectories/\(run.folder)")
        let settings = try JSONValue(contentsOf: folder.appending(path: "config.json"))
        let rows = try PairScorerTests.rows(folder.appending(path: "tokens.jsonl"))
        let length = try #require(settings["max_length"]?.integer)
        let preferences = try rows.enumerated().map { index, row in
            let prompt = try row.tokens("prompt_ids")
            return Preference(
                sequences: try ["chosen_ids", "rejected_ids"].map { name in
                    let tokens = Array((prompt + (try row.tokens(name))).prefix(length))
                    return TokenSequence(tokens: tokens, scored: [prompt.count..<tokens.count])
                },
                promptLength: prompt.count,
                source: RowSource(file: run.folder, line: index + 1)
            )
        }
        try #require(preferences.count == run.pairs)
        let accumulated = settings["gradient_accumulation_steps"]?.integer ?? 1
        let losses = try #require(settings["loss_type"]?.array).compactMap(\.string)
        let rate = try #require(settings["learning_rate"]?.double)
        let configuration = TrainingConfiguration(
            objective: try ObjectiveSelection(
                losses,
                values: [.beta: #require(settings["beta"]?.double)]
            ),
            learningRate: rate,
            optimizer: OptimizerSelection(
                weightDecay: try #require(settings["weight_decay"]?.double)
            ),
            batchSize: try #require(settings["per_device_train_batch_size"]?.integer) * accumulated,
            maximumSteps: try #require(settings["max_steps"]?.integer),
            maximumGradientNorm: try #require(settings["max_grad_norm"]?.double),
            shuffles: false
        )
        let source = try ModelFolder(Conformance.file("models/\(run.model)"))
        let policy = try source.load()
        let trainer = try Trainer(
            policy: policy,
            reference: source.load(.init(isTrained: false)),
            preferences: preferences,
            configuration: configuration
        )
        var steps: [StepMetrics] = []
        try trainer.train {
            steps.append($0)
            return .continue
        }
        let log = try PairScorerTests.rows(folder.appending(path: "log.jsonl"))
            .filter { $0["loss"] != nil }
        try #require(steps.count == log.count)
        for (metrics, row) in zip(steps, log) {
            // TRL averages micro-batches, and counts an epoch's last part for a whole step.
            try expect(
                metrics,
                row,
                withTokenMeans: accumulated == 1,
                withEpoch: run.pairs % configuration.batchSize == 0
            )
        }
        try expectFinalWeights(policy, folder, learningRate: rate)
    }

    private func expect(
        _ metrics: StepMetrics,
        _ row: JSONValue,
        withTokenMeans: Bool = true,
        withEpoch: Bool = true
    ) throws {
        func expect(
            _ value: Double,
            _ name: String,
            absolute: Double = 0,
            relative: Double = 0,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let recorded = try #require(row[name]?.double, sourceLocation: sourceLocation)
            expectClose(
                value,
                recorded,
                absolute: absolute,
                relative: relative,
                sourceLocation: sourceLocation
            )
        }
        #expect(metrics.step == row["step"]?.integer)
        #expect(Double(metrics.tokenCount) == row["num_tokens"]?.double)
        try expect(metrics.learningRate, "learning_rate", relative: 1e-12)
        if withEpoch { try expect(metrics.epoch, "epoch", relative: 1e-12) }
        // Float32 sums of some thousand log-probabilities, in another order than TRL's.
        try expect(metrics.loss, "loss", absolute: 3e-5, relative: 1e-5)
        try expect(metrics.gradientNorm, "grad_norm", relative: 3e-4)
        try expect(metrics.rewardsChosen, "rewards/chosen", absolute: 1e-4, relative: 1e-3)
        try expect(metrics.rewardsRejected, "rewards/rejected", absolute: 1e-4, relative: 1e-3)
        try expect(metrics.rewardsMargin, "rewards/margins", absolute: 1e-4, relative: 1e-3)
        // Not so at the first step, where all rewards are 0 but for rounding.
        if metrics.step > 1 { try expect(metrics.rewardsAccuracy, "rewards/accuracies") }
        try expect(metrics.logProbabilitiesChosen, "logps/chosen", absolute: 1e-3)
        try expect(metrics.logProbabilitiesRejected, "logps/rejected", absolute: 1e-3)
        guard withTokenMeans else { return }
        try expect(metrics.logitsChosen, "logits/chosen", absolute: 1e-3)
        try expect(metrics.logitsRejected, "logits/rejected", absolute: 1e-3)
        try expect(metrics.entropy, "entropy", absolute: 1e-4)
        try expect(metrics.meanTokenAccuracy, "mean_token_accuracy", absolute: 3e-3)
    }
}
