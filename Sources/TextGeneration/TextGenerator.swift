public import LanguageModels
public import Tokenizers
import Torch

/// Continues prompts with a model.
///
/// Some prompts are worked on at a time: each step gives every one of them a token, what ends
/// leaves, and the next prompt takes its place. No sequence has padding.
public struct TextGenerator {
    private let model: any CausalLanguageModel
    private let tokenizer: Tokenizer
    private let settings: GenerationSettings

    /// - Throws: `SettingError` where a setting lies outside its range.
    public init(
        model: any CausalLanguageModel,
        tokenizer: Tokenizer,
        settings: GenerationSettings
    ) throws {
        try settings.validate()
        self.model = model
        self.tokenizer = tokenizer
        self.settings = settings
    }

    /// Continues prompts.
    ///
    /// - Parameters:
    ///   - batchSize: the most prompts that are worked on at a time, at least 1.
    ///   - text: takes the text of each token, often empty, with the number of its prompt from 0;
    ///     where it returns false, that answer ends.
    ///   - body: takes each answer with the number of its prompt, in the order of the prompts.
    /// - Throws: `GenerationError`, `ModelError` or `TorchError`, and what the closures throw.
    public func complete(
        _ prompts: [GenerationPrompt],
        batchSize: Int = 1,
        text: (Int, String) throws -> Bool = { _, _ in true },
        _ body: (Int, Completion) throws -> Void
    ) throws {
        precondition(batchSize > 0, "a batch has at least one prompt")
        for (number, prompt) in prompts.enumerated() { try check(prompt, number: number + 1) }
        var live: [LiveSequence] = []
        var waiting = prompts.enumerated().makeIterator()
        var finished: [Int: Completion] = [:]
        var next = 0
        while next < prompts.count {
            while live.count < batchSize, let (number, prompt) = waiting.next() {
                live.append(LiveSequence(number, prompt, tokenizer, settings))
            }
            let tokens = try nextTokens(&live)
            var remaining: [LiveSequence] = []
            for (var sequence, token) in zip(live, tokens) {
                let piece = sequence.take(token, settings, limit: model.positionLimit)
                let goesOn = try text(sequence.number, piece)
                if !goesOn, sequence.end == nil { sequence.end = .interrupted }
                if let completion = sequence.completion {
                    finished[sequence.number] = completion
                } else {
                    remaining.append(sequence)
                }
            }
            live = remaining
            while let completion = finished.removeValue(forKey: next) {
                try body(next, completion)
                next += 1
            }
        }
    }

    private func check(_ prompt: GenerationPrompt, number: Int) throws {
        let count = prompt.tokens.count
        guard count > 0 else { throw GenerationError.emptyPrompt(number: number) }
        if let limit = model.positionLimit, count > limit {
            throw GenerationError.promptTooLong(number: number, tokens: count, limit: limit)
        }
    }

    /// Reads what each sequence has not read yet and chooses the token behind it.
    private func nextTokens(_ live: inout [LiveSequence]) throws -> [Int32] {
        try withoutGradients {
            let states = try model.nextTokenStates(live.map(\.sequence))
            let logits = try model.logits(states)
            let isPlain = !settings.samples && settings.repetitionPenalty == 1
            if isPlain {
                let best = try logits.indexOfMaximum(dimension: 1)
                let values = try logits.gathered(at: best.expanded(at: 1), dimension: 1)
                guard try values.sum().item().isFinite else { throw GenerationError.notFinite }
                return try best.elements(as: Int.self).map { Int32(truncatingIfNeeded: $0) }
            }
            let numbers = try logits.elements(as: Float.self)
            let size = model.vocabularySize
            var tokens: [Int32] = []
            for row in live.indices {
                tokens.append(
                    try live[row].sampler.next(
                        Array(numbers[row * size..<(row + 1) * size]),
                        after: live[row].sequence.tokens
                    )
                )
            }
            return tokens
        }
    }
}
