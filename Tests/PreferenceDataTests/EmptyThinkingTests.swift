import PreferenceData
import Testing

/// minimind's deletion of empty thinking.
@Suite struct EmptyThinkingTests {
    private static let template = """
        {% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{{ '<think>\n\n</think>\n\n' }}\
        {% endif %}{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}<assistant>\
        {{ '<think>\n\n</think>\n\n' }}{% endif %}
        """

    private func encoder(
        _ share: Double,
        seed: UInt64 = 42,
        _ scored: ScoredTokens = .answer
    ) throws -> ExampleEncoder {
        try ExampleEncoder(
            template: Self.template,
            DataSettings(scoredTokens: scored, emptyThinkingRemoval: share, seed: seed)
        )
    }

    @Test("it goes from the prompt and from all sides, and masks stay where they were")
    func removal() throws {
        let prompt = ids("<user>Q") + [2] + ids("<assistant>")
        for scored in [ScoredTokens.answer, .assistant] {
            let encoded = try encoder(1, scored).pair(turns("Q"), answer("yes"), answer("no"))
            #expect(encoded.sequences[0].tokens == prompt + ids("yes") + [2])
            #expect(encoded.sequences[1].tokens == prompt + ids("no") + [2])
            #expect(encoded.promptLength == prompt.count)
            #expect(encoded.sequences.map(\.scoredTexts) == [["yes</s>"], ["no</s>"]])
            #expect(encoded.lostEmptyThinking)
        }
        let kept = try encoder(0, .assistant).pair(turns("Q"), answer("yes"), answer("no"))
        #expect(kept.sequences[0].scoredTexts == ["<think>\n\n</think>\n\nyes</s>"])
        #expect(!kept.lostEmptyThinking)
    }

    @Test("thinking that is not empty stays")
    func thinking() throws {
        let encoder = try ExampleEncoder(
            template: plainTemplate,
            DataSettings(emptyThinkingRemoval: 1)
        )
        let encoded = try encoder.pair(
            turns("Q"),
            answer("<think>\nx\n</think>\n\nyes"),
            answer("<think>\n\n</think>\n\nno")
        )
        #expect(encoded.sequences[0].scoredTexts == ["<think>\nx\n</think>\n\nyes</s>"])
        #expect(encoded.sequences[1].scoredTexts == ["no</s>"])
    }

    @Test("it is drawn once per row, from the seed and the row's number")
    func draw() throws {
        let count = 1000
        func draws(_ share: Double, seed: UInt64) throws -> [Bool] {
            let encoder = try encoder(share, seed: seed)
            return try (0..<count).map { row in
                let encoded = try encoder.pair(turns("Q"), answer("y"), answer("n"), row: row)
                // Never one side without the other: the prompt ends in the same place for both.
                #expect(encoded.boundaryShift == 0)
                return encoded.lostEmptyThinking
            }
        }
        let first = try draws(0.8, seed: 1)
        #expect(try draws(0.8, seed: 1) == first)
        #expect(try draws(0.8, seed: 2) != first)
        // Five standard deviations of a binomial around 800 are 63.
        #expect(abs(first.count { $0 } - 800) < 63)
    }
}
