import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import TokenTrees
import Torch

/// One conversation's two answers, scored as they should be and as VerMind scores them.
///
/// VerMind takes the logits at position t for the token at position t: it asks the model to repeat
/// the token that it has just read.
struct ShiftedScores {
    /// Bytes are the tokens.
    let prompt = Array("<|im_start|>user\n1+1=?<|im_end|>\n<|im_start|>assistant\n".utf8)
    let chosen = Array("1+1=2<|im_end|>\n".utf8)
    let rejected = Array("no idea<|im_end|>\n".utf8)

    private let policy: any CausalLanguageModel

    init(model: URL) throws { policy = try ModelFolder(model).load() }

    /// Teaches the model the chosen answer by heart.
    ///
    /// - Returns: the mean loss per token before the last step.
    func memorise(steps: Int = 120) throws -> Double {
        let trainer = try Trainer(
            policy: policy,
            reference: nil,
            preferences: [
                Preference(
                    sequences: [shifted(chosen), shifted(rejected)],
                    promptLength: prompt.count,
                    source: RowSource(file: "ShiftedScores.swift", line: 1)
                )
            ],
            configuration: TrainingConfiguration(
                objective: ObjectiveSelection(.sft),
                learningRate: 1e-2,
                maximumSteps: steps
            )
        )
        var loss = 0.0
        try trainer.train {
            loss = $0.loss
            return .continue
        }
        return loss
    }

    /// log π(answer | prompt) in nats: each token under what comes before it.
    func score(_ answer: [UInt8]) throws -> Double { try sum([shifted(answer)]) }

    /// The same off by one: each token under what comes up to it, itself included.
    func scoreWithoutShift(_ answer: [UInt8]) throws -> Double {
        let tokens = prompt + answer
        return try sum(
            (prompt.count..<tokens.count).map { place in
                let read = tokens[...place] + [tokens[place]]
                return TokenSequence(
                    tokens: read.map(Int32.init),
                    scored: [place + 1..<place + 2]
                )
            }
        )
    }

    private func shifted(_ answer: [UInt8]) -> TokenSequence {
        let tokens = (prompt + answer).map(Int32.init)
        return TokenSequence(tokens: tokens, scored: [prompt.count..<tokens.count])
    }

    /// The log-probability of all scored tokens together.
    private func sum(_ sequences: [TokenSequence]) throws -> Double {
        try withoutGradients {
            try SequenceScores(policy, PackedBatch(groups: [sequences])).logProbabilities
                .elements(as: Float.self)
                .reduce(0) { $0 + Double($1) }
        }
    }
}
