import Foundation
import LanguageModels
import OrderedJSON
import TestSupport
import Testing
import TextGeneration
import Tokenizers

/// Whole answers: those of transformers, and when they end.
@Suite struct TextGeneratorTests {
    private func complete(
        _ model: String,
        _ prompts: [[Int32]],
        _ settings: GenerationSettings,
        batchSize: Int = 1,
        text: (Int, String) throws -> Bool = { _, _ in true }
    ) throws -> [Completion] {
        let generator = try TextGenerator(
            model: ModelFolder(Fixtures.model(model)).load(.init(isTrained: false)),
            tokenizer: LetterTokenizer().tokenizer,
            settings: settings
        )
        var completions: [Completion] = []
        try generator.complete(
            prompts.map { GenerationPrompt(tokens: $0) },
            batchSize: batchSize,
            text: text
        ) { number, completion in
            #expect(number == completions.count)
            completions.append(completion)
        }
        return completions
    }

    private static func ids(_ value: JSONValue?) throws -> [Int32] {
        try #require(value?.array).compactMap { $0.integer.map { Int32($0) } }
    }

    static let golden: Result<JSONObject, any Error> = Result {
        let file = try JSONValue(contentsOf: Fixtures.textGeneration("greedy.json"))
        return try #require(file.object)
    }

    static let models: [String] = (try? golden.get()["models"]?.object?.members.map(\.0)) ?? []

    @Test("all architectures have golden continuations")
    func complete() throws { #expect(Self.models.count == 23) }

    @Test(
        "the most probable tokens are those that transformers generates, alone and in batches",
        arguments: models,
        [1, 3]
    )
    func greedy(model: String, batchSize: Int) throws {
        let golden = try Self.golden.get()
        let cases = try #require(golden["models"]?[model]?.array)
        let prompts = try cases.map { try Self.ids($0["prompt"]) }
        var settings = GenerationSettings()
        settings.maximumNewTokens = 10
        for (key, penalty) in [("tokens", 1), ("penalized", golden["penalty"]?.double)] {
            settings.repetitionPenalty = try #require(penalty)
            let completions = try complete(model, prompts, settings, batchSize: batchSize)
            #expect(completions.map(\.tokens) == (try cases.map { try Self.ids($0[key]) }))
            #expect(completions.allSatisfy { $0.end == .length })
            #expect(completions.map(\.text) == completions.map { LetterTokenizer.text($0.tokens) })
        }
    }

    /// What llama-tiny continues the token 1 with.
    private static let prompt: [Int32] = [1]

    private func usual() throws -> [Int32] {
        let golden = try #require(try Self.golden.get()["models"]?["llama-tiny"]?.array?.first)
        #expect(try Self.ids(golden["prompt"]) == Self.prompt)
        return try Self.ids(golden["tokens"])
    }

    @Test("a token that ends answers ends this one; it is a token of it, and no text")
    func endToken() throws {
        let tokens = try usual()
        var settings = GenerationSettings()
        settings.endTokens = [96, tokens[4]]
        let first = try #require(tokens.firstIndex(of: tokens[4]))
        let completion = try complete("llama-tiny", [Self.prompt], settings)[0]
        #expect(completion.tokens == Array(tokens[...first]))
        #expect(completion.text == LetterTokenizer.text(Array(tokens[..<first])))
        #expect(completion.end == .endToken)
    }

    @Test("a text that ends answers may lie across tokens, and is not given out")
    func stopString() throws {
        let tokens = try usual()
        var settings = GenerationSettings()
        settings.stopStrings = ["no", LetterTokenizer.text(Array(tokens[2...3]))]
        var streamed = ""
        let completion = try complete("llama-tiny", [Self.prompt], settings) { _, text in
            streamed += text
            return true
        }[0]
        #expect(completion.tokens == Array(tokens[...3]))
        #expect(completion.text == LetterTokenizer.text(Array(tokens[..<2])))
        #expect(completion.end == .stopString)
        #expect(streamed == completion.text)
    }

    @Test("what waits for the rest of a stop comes with the last token")
    func unfinishedStop() throws {
        let tokens = try usual()
        var settings = GenerationSettings()
        settings.maximumNewTokens = 3
        settings.stopStrings = [LetterTokenizer.text(Array(tokens[2...3]))]
        let completion = try complete("llama-tiny", [Self.prompt], settings)[0]
        #expect(completion.text == LetterTokenizer.text(Array(tokens[..<3])))
        #expect(completion.end == .length)
    }

    @Test("whoever takes the text can end an answer, and others go on")
    func interruption() throws {
        var settings = GenerationSettings()
        settings.maximumNewTokens = 6
        let completions = try complete(
            "llama-tiny",
            [Self.prompt, Self.prompt],
            settings,
            batchSize: 2
        ) { number, _ in number == 1 }
        #expect(completions.map(\.end) == [.interrupted, .length])
        #expect(completions.map(\.tokens.count) == [1, 6])
    }

    @Test("answers to many prompts come in their order, however long each takes")
    func order() throws {
        let tokens = try usual()
        var settings = GenerationSettings()
        settings.maximumNewTokens = 8
        // The first prompt never meets it soon; the later they begin, the earlier they end.
        settings.endTokens = [tokens[7]]
        let prompts = (0..<7).map { Self.prompt + tokens[..<$0] }
        let completions = try complete("llama-tiny", prompts, settings, batchSize: 3)
        for (index, completion) in completions.enumerated() {
            let end = try #require(tokens[index...].firstIndex(of: tokens[7]))
            #expect(completion.tokens == Array(tokens[index...end]))
        }
    }

    @Test("what is drawn for a prompt does not depend on what is drawn beside it")
    func independence() throws {
        var settings = GenerationSettings()
        settings.samples = true
        settings.temperature = 1.5
        settings.maximumNewTokens = 12
        settings.seed = 4
        let prompts: [[Int32]] = [[1], [1, 5, 9], [1], [1, 2, 3, 4, 5, 6]]
        let alone = try complete("llama-tiny", prompts, settings)
        for batchSize in [2, 4, 9] {
            #expect(
                try complete("llama-tiny", prompts, settings, batchSize: batchSize) == alone
            )
        }
        // The same prompt with another number is another sample.
        #expect(alone[0].tokens != alone[2].tokens)
        settings.seed = 5
        #expect(try complete("llama-tiny", prompts, settings) != alone)
    }

    @Test("a model with learned positions ends with the last of them")
    func positions() throws {
        var settings = GenerationSettings()
        settings.maximumNewTokens = 100
        // 20 positions: behind a prompt of 17 tokens, 17, 18, 19 and 20 tokens predict one each.
        let prompts = [17, 20].map { [Int32](repeating: 3, count: $0) }
        let completions = try complete("gpt2", prompts, settings, batchSize: 2)
        #expect(completions.map(\.tokens.count) == [4, 1])
        #expect(completions.allSatisfy { $0.end == .length })
        let error = try #require(throws: GenerationError.self) {
            try complete("gpt2", [[1], [Int32](repeating: 3, count: 21)], settings)
        }
        #expect(error == .promptTooLong(number: 2, tokens: 21, limit: 20))
    }

    @Test("a prompt without tokens is an error, and no prompts are none")
    func empty() throws {
        #expect(throws: GenerationError.emptyPrompt(number: 2)) {
            try complete("gpt2", [[1], []], GenerationSettings())
        }
        #expect(try complete("gpt2", [], GenerationSettings()).isEmpty)
    }

    @Test(
        "greedy continuations of real models are those of transformers, token for token",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)"),
        arguments: ["stories260K", "TinyStories-656K", "storybyte-nano-gpt2"]
    )
    func conformance(name: String) throws {
        let folder = try Conformance.file("models/\(name)")
        let file = try JSONValue(contentsOf: folder.appending(path: "greedy_golden.json"))
        let cases = file.array ?? [file]
        let prompts = try cases.map { try Self.ids($0["prompt_ids"]) }
        let expected = try cases.map { try Self.ids($0["greedy_ids"]) }
        var settings = try GenerationSettings(folder: folder)
        #expect(!settings.endTokens.isEmpty)
        settings.maximumNewTokens = try #require(
            zip(expected, prompts).map { $0.count - $1.count }
                .max()
        )
        let tokenizer = try Tokenizer(folder: folder)
        let generator = try TextGenerator(
            model: ModelFolder(folder).load(.init(isTrained: false)),
            tokenizer: tokenizer,
            settings: settings
        )
        for batchSize in [1, prompts.count] {
            try generator.complete(
                prompts.map { GenerationPrompt(tokens: $0) },
                batchSize: batchSize
            ) { number, completion in
                #expect(prompts[number] + completion.tokens == expected[number])
                // The prompt's text and the answer's make the whole text but for its end.
                let hasEnd = completion.end == .endToken
                let whole = Array(expected[number].dropLast(hasEnd ? 1 : 0))
                #expect(
                    tokenizer.decode(prompts[number], skippingSpecialTokens: true)
                        + completion.text
                        == tokenizer.decode(whole, skippingSpecialTokens: true)
                )
            }
        }
    }
}
