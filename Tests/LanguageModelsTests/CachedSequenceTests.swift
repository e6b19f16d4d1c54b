import Foundation
import LanguageModels
import TestSupport
import Testing
import TokenTrees
import Torch

/// Growing sequences against the same sequences read at once.
@Suite struct CachedSequenceTests {
    static let models = GoldenModelTests.models

    /// Token ids that look random, the first one 1.
    private func tokens(_ count: Int, below size: Int, seed: UInt64) -> [Int32] {
        [1] + sampleNumbers(count - 1, seed: seed).map { Int32(abs($0) * 1000) % Int32(size) }
    }

    private func load(_ name: String) throws -> any CausalLanguageModel {
        try ModelFolder(Fixtures.model(name)).load(.init(isTrained: false))
    }

    /// The logits behind sequences, without anything read before: `[sequences][vocabulary]`.
    private func logitsAlone(
        _ model: any CausalLanguageModel,
        _ sequences: [[Int32]]
    ) throws -> [[Double]] {
        try sequences.map { tokens in
            let sequence = CachedSequence()
            sequence.replaceTokens(with: tokens)
            return try model.logits(model.nextTokenStates([sequence])).doubles()
        }
    }

    private func expectSame(
        _ logits: Tensor,
        _ expected: [[Double]],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        expectClose(
            try logits.doubles(),
            expected.flatMap { $0 },
            absolute: Tolerance.model,
            sourceLocation: sourceLocation
        )
    }

    @Test(
        "rows of the whole sequence and of a sequence that grows have the same logits",
        arguments: models
    )
    func uncached(model name: String) throws {
        let model = try load(name)
        let tokens = tokens(18, below: model.vocabularySize, seed: 3)
        for count in 1..<tokens.count {
            // With its target the sequence is one longer, which is another one to some models.
            guard model.lengthClass(count) == model.lengthClass(count + 1) else { continue }
            let whole = TokenSequence(
                tokens: Array(tokens[...count]),
                scored: [count..<count + 1]
            )
            let states = try withoutGradients {
                try model.predictorStates(PackedBatch(groups: [[whole]]))
            }
            try expectSame(
                model.logits(states),
                try logitsAlone(model, [Array(tokens[..<count])])
            )
        }
    }

    @Test(
        "token by token, beside others of other lengths, the logits are those of reading at once",
        arguments: models
    )
    func batched(model name: String) throws {
        let model = try load(name)
        var sequences: [[Int32]] = [1, 3, 8].enumerated().map {
            tokens($1, below: model.vocabularySize, seed: UInt64($0))
        }
        let cached = sequences.map { tokens in
            let sequence = CachedSequence()
            sequence.replaceTokens(with: tokens)
            return sequence
        }
        for step in 0..<11 {
            try expectSame(
                model.logits(model.nextTokenStates(cached)),
                try logitsAlone(model, sequences)
            )
            #expect(cached.map(\.readCount) == sequences.map(\.count))
            for index in sequences.indices {
                let token = Int32((7 * step + index) % model.vocabularySize)
                sequences[index].append(token)
                cached[index].append(token)
            }
        }
    }

    @Test(
        "in bfloat16 too, a sequence that grows stays near the one read at once",
        arguments: models
    )
    func bfloat16(model name: String) throws {
        let model = try ModelFolder(Fixtures.model(name))
            .load(.init(dtype: .bfloat16, isTrained: false))
        var tokens = tokens(7, below: model.vocabularySize, seed: 2)
        let sequence = CachedSequence()
        sequence.replaceTokens(with: tokens)
        for _ in 0..<5 {
            let logits = try model.logits(model.nextTokenStates([sequence])).doubles()
            // As far as log-probabilities in bfloat16 are from those in float64.
            expectClose(logits, try logitsAlone(model, [tokens])[0], absolute: 0.2)
            tokens.append(5)
            sequence.append(5)
        }
    }

    @Test("several tokens at once behind what was read, and another end", arguments: models)
    func replaced(model name: String) throws {
        let model = try load(name)
        let first = tokens(9, below: model.vocabularySize, seed: 5)
        let sequence = CachedSequence()
        sequence.replaceTokens(with: first)
        _ = try model.nextTokenStates([sequence])
        let second = first[..<6] + tokens(9, below: model.vocabularySize, seed: 6)
        sequence.replaceTokens(with: Array(second))
        #expect(sequence.readCount == 6)
        try expectSame(
            model.logits(model.nextTokenStates([sequence])),
            try logitsAlone(model, [Array(second)])
        )
        // What was read whole is read again to its last token.
        sequence.replaceTokens(with: Array(second[..<9]))
        #expect(sequence.readCount == 8)
        try expectSame(
            model.logits(model.nextTokenStates([sequence])),
            try logitsAlone(model, [Array(second[..<9])])
        )
    }

    @Test(
        "sequences of hundreds of tokens outgrow their memory again and again",
        arguments: ["llama-tiny", "mistral", "gemma2"]
    )
    func long(model name: String) throws {
        let model = try load(name)
        let tokens = tokens(300, below: model.vocabularySize, seed: 7)
        let sequence = CachedSequence()
        for token in tokens {
            sequence.append(token)
            _ = try model.nextTokenStates([sequence])
        }
        let cut = CachedSequence()
        cut.replaceTokens(with: Array(tokens[..<150]))
        _ = try model.nextTokenStates([cut])
        cut.replaceTokens(with: tokens)
        let logits = try logitsAlone(model, [tokens])
        sequence.replaceTokens(with: tokens)
        try expectSame(model.logits(model.nextTokenStates([sequence])), logits)
        try expectSame(model.logits(model.nextTokenStates([cut])), logits)
    }

    @Test("where the rotary positions change with the length, all is read again")
    func lengthClass() throws {
        // It reaches 8 positions unchanged; every length beyond has frequencies of its own.
        let dynamic = try load("llama-dynamic")
        #expect(dynamic.lengthClass(8) == dynamic.lengthClass(1))
        #expect(dynamic.lengthClass(9) != dynamic.lengthClass(10))
        #expect(try load("llama-tiny").lengthClass(5000) == 0)
    }

    @Test("learned positions end, and a token behind them is an error")
    func positions() throws {
        let model = try load("gpt2")
        #expect(model.positionLimit == 20)
        #expect(try load("llama-tiny").positionLimit == nil)
        let sequence = CachedSequence()
        sequence.replaceTokens(with: tokens(20, below: 61, seed: 8))
        _ = try model.nextTokenStates([sequence])
        sequence.append(1)
        #expect(
            throws: ModelError(
                path: Fixtures.model("gpt2").path,
                .sequenceTooLong(position: 20, limit: 20)
            )
        ) { try model.nextTokenStates([sequence]) }
    }

    @Test("a token that the model does not know is an error", arguments: [61, -1] as [Int32])
    func unknown(token: Int32) throws {
        let model = try load("gpt2")
        let sequence = CachedSequence()
        sequence.append(token)
        #expect(
            throws: ModelError(
                path: Fixtures.model("gpt2").path,
                .tokenOutsideVocabulary(id: Int(token), vocabularySize: 61)
            )
        ) { try model.nextTokenStates([sequence]) }
    }

    @Test("nothing is recorded for gradients, also where weights are trained")
    func gradients() throws {
        let model = try ModelFolder(Fixtures.model("llama-tiny")).load()
        let sequence = CachedSequence()
        sequence.append(1)
        #expect(try !model.nextTokenStates([sequence]).requiresGradient)
    }
}
