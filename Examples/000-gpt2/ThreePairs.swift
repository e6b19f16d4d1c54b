import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import TokenTrees
import Tokenizers

/// The preferences that the text has in its code, as tokens.
struct ThreePairs {
    private static let rows = [
        (
            prompt: "What is the capital of France?",
            chosen: "The capital of France is Paris.",
            rejected: "France is a country."
        ),
        (
            prompt: "Explain quantum entanglement simply.",
            chosen: "Quantum entanglement means two particles stay linked no matter the distance.",
            rejected: "Quantum is physics."
        ),
        (
            prompt: "Write a short poem about rain.",
            chosen: "Rain falls softly, painting the world anew.",
            rejected: "Rain is wet."
        ),
    ]

    let tokenizer: Tokenizer

    /// As in the text a blank joins prompt and answer, nothing ends the answer, and every token but
    /// the first is scored; those of the prompt fall out of the difference.
    var pairs: [PreferencePair] {
        Self.rows.enumerated().map { index, row in
            func sequence(_ answer: String) -> TokenSequence {
                let tokens = tokenizer.encode(
                    row.prompt + " " + answer,
                    addingSpecialTokens: false
                )
                return TokenSequence(tokens: tokens, scored: [0..<tokens.count])
            }
            return PreferencePair(
                chosen: sequence(row.chosen),
                rejected: sequence(row.rejected),
                promptLength: tokenizer.encode(row.prompt, addingSpecialTokens: false).count,
                source: RowSource(file: "ThreePairs.swift", line: index + 1)
            )
        }
    }

    /// Chosen and rejected in turns, as the rows of the text's batch.
    var sequences: [TokenSequence] { pairs.flatMap(\.sequences) }

    /// What the text pads its batch to: sequences, and tokens of the longest.
    var paddedShape: (Int, Int) {
        let sequences = sequences
        return (sequences.count, sequences.map(\.tokens.count).max() ?? 0)
    }

    /// The positions of the padded batch.
    var paddedCount: Int { paddedShape.0 * paddedShape.1 }

    /// The rows that go through the model here.
    var rowCount: Int { PackedBatch(groups: pairs.map(\.sequences)).tokens.count }

    /// Three pairs a step, AdamW with the text's weight decay, no clipping.
    struct Training {
        var model: URL
        var steps: Int
        var learningRate: Double
        /// Whether GPT-2's own dropout is on in the policy, as in the text.
        var dropout = false

        /// - Parameter afterStep: gets the numbers of each step, from before its update.
        func run(
            _ pairs: [PreferencePair],
            _ objective: Objective,
            afterStep: (StepMetrics) -> Void
        ) throws {
            let folder = try ModelFolder(model)
            let trainer = try Trainer(
                policy: folder.load(),
                reference: folder.load(.init(isTrained: false)),
                preferences: pairs.map(Preference.init),
                configuration: TrainingConfiguration(
                    objective: ObjectiveSelection(objective),
                    learningRate: learningRate,
                    optimizer: OptimizerSelection(weightDecay: 0.01),
                    batchSize: pairs.count,
                    maximumSteps: steps,
                    modelDropout: dropout,
                    maximumGradientNorm: .infinity,
                    shuffles: false
                )
            )
            try trainer.train { metrics in
                afterStep(metrics)
                return .continue
            }
        }
    }
}

extension Preference {
    fileprivate init(_ pair: PreferencePair) {
        self.init(
            sequences: pair.sequences,
            promptLength: pair.promptLength,
            source: pair.source
        )
    }
}
