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
import Torch

/// Supervised fine-tuning as TRL's SFTTrainer does it; its numbers are made by
/// Tools/make_golden_sft.py.
@Suite struct SupervisedTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/sft", directoryHint: .isDirectory)
    static let model = folder.appending(path: "model", directoryHint: .isDirectory)

    /// Rows of a form, and what TRL makes of them.
    struct Form: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var rows: String
        var tokens: String
        var scored: ScoredTokens
    }

    static let forms = [
        Form(testDescription: "text", rows: "text", tokens: "text", scored: .assistant),
        Form(
            testDescription: "prompt and completion",
            rows: "completion",
            tokens: "completion",
            scored: .assistant
        ),
        Form(
            testDescription: "prompt and completion as turns, all turns of the assistant",
            rows: "turns",
            tokens: "turns",
            scored: .assistant
        ),
        Form(
            testDescription: "prompt and completion as turns, the completion",
            rows: "turns",
            tokens: "turns",
            scored: .answer
        ),
        Form(testDescription: "messages", rows: "messages", tokens: "messages", scored: .all),
        Form(
            testDescription: "messages with assistant_only_loss",
            rows: "messages",
            tokens: "masked",
            scored: .generation
        ),
        Form(
            testDescription: "the same without {% generation %}",
            rows: "messages",
            tokens: "masked",
            scored: .assistant
        ),
    ]

    private static func settings() throws -> JSONValue {
        try JSONValue(contentsOf: folder.appending(path: "run.json"))
    }

    private static func rows(_ name: String) throws -> [JSONValue] {
        try PairScorerTests.rows(folder.appending(path: "\(name).jsonl"))
    }

    private static func dataset(
        _ name: String,
        scored: ScoredTokens = .assistant
    ) throws -> PreferenceDataset {
        try .load(
            [folder.appending(path: "\(name).jsonl")],
            processor: TextProcessor(folder: model),
            settings: DataSettings(
                maximumLength: try #require(settings()["max_length"]?.integer),
                scoredTokens: scored,
                format: .demonstrations
            )
        )
    }

    @Test("token ids and what is scored of them are those of TRL", arguments: forms)
    func tokens(form: Form) throws {
        let dataset = try Self.dataset(form.rows, scored: form.scored)
        let expected = try Self.rows("\(form.tokens).tokens")
        #expect(dataset.count == 10)
        #expect(expected.count == 10)
        for (preference, row) in zip(dataset, expected) {
            let ids = try row.tokens("input_ids")
            // Nothing predicts the first token.
            let labels = try row.tokens("labels").enumerated().filter { $0.offset > 0 }
            #expect(preference.judgement == .labelled(true))
            #expect(preference.sequences.map(\.tokens) == [ids])
            #expect(
                preference.sequences[0].scored.flatMap(Array.init)
                    == labels.filter { $0.element >= 0 }.map(\.offset),
                "\(preference.source)"
            )
        }
    }

    /// A run, as TRL computed it.
    struct Run: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var log: String
        var microBatchTokens: Int
        /// TRL logs means of micro-batches' means, which are the step's where there is one.
        var hasTokenMeans: Bool
    }

    static let runs = [
        Run(
            testDescription: "a step at once",
            log: "completion.log",
            microBatchTokens: 4096,
            hasTokenMeans: true
        ),
        Run(
            testDescription: "a step in parts",
            log: "accumulated.log",
            microBatchTokens: 25,
            hasTokenMeans: false
        ),
    ]

    @Test("losses, gradients and weights are those of TRL", arguments: runs)
    func trajectory(run: Run) throws {
        let settings = try Self.settings()
        let rate = try #require(settings["learning_rate"]?.double)
        let source = try ModelFolder(Self.model)
        let policy = try source.load()
        let trainer = try Trainer(
            policy: policy,
            reference: nil,
            preferences: Self.dataset("completion"),
            configuration: TrainingConfiguration(
                objective: ObjectiveSelection(.nll),
                learningRate: rate,
                batchSize: try #require(settings["per_device_train_batch_size"]?.integer),
                microBatchTokens: run.microBatchTokens,
                maximumSteps: try #require(settings["max_steps"]?.integer),
                maximumGradientNorm: try #require(settings["max_grad_norm"]?.double),
                shuffles: false
            )
        )
        var steps: [StepMetrics] = []
        try trainer.train {
            steps.append($0)
            return .continue
        }
        let log = try Self.rows(run.log)
        try #require(steps.count == 8 && log.count == 8)
        for (metrics, row) in zip(steps, log) {
            func expect(_ value: Double, _ name: String, absolute: Double) throws {
                expectClose(value, try #require(row[name]?.double), absolute: absolute)
            }
            #expect(metrics.step == row["step"]?.integer)
            #expect(Double(metrics.tokenCount) == row["num_tokens"]?.double)
            // Float32 sums in another order than PyTorch's, of numbers up to 6.
            try expect(metrics.loss, "loss", absolute: 1e-5)
            try expect(metrics.gradientNorm, "grad_norm", absolute: 1e-4)
            try expect(metrics.learningRate, "learning_rate", absolute: 1e-15)
            guard run.hasTokenMeans else { continue }
            try expect(metrics.entropy, "entropy", absolute: 1e-5)
            try expect(metrics.meanTokenAccuracy, "mean_token_accuracy", absolute: 1e-6)
        }
        // Those of preferences would say nothing.
        let names = Set(steps[0].named.map(\.name))
        #expect(names.isSuperset(of: ["loss", "mean_token_accuracy", "entropy", "num_tokens"]))
        #expect(!names.contains { $0.hasPrefix("rewards/") || $0.hasPrefix("logps/") })

        try expectFinalWeights(policy, Self.folder, learningRate: rate)
    }
}
