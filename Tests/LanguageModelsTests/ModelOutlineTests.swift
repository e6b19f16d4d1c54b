import TestSupport
import Testing

@testable import LanguageModels

@Suite struct ModelOutlineTests {
    @Test(
        "an outline has the weights of the model, without reading them",
        arguments: [
            "llama-tiny", "llama-tiny-tied", "gpt2", "phi3", "gemma2", "olmo2", "qwen3-moe",
        ]
    )
    func weights(fixture: String) throws {
        let folder = try ModelFolder(Fixtures.model(fixture))
        let outline = try folder.outline()
        #expect(outline.parameterCount == (try folder.load().trainedParameterCount))
    }

    @Test(
        "what a forward keeps is counted layer by layer",
        arguments: [
            // Llama, hidden 32, 4 heads and 2 key-value heads of 8, intermediate 56: for each row
            // 2 · 32 + 2 · 32 + 2 · 16 = 160, and behind attention 2 · 32 + 3 · 56 = 232.
            // Two layers: 2 · 10 · 160 + (10 + 4) · 232, and 2 · 32 · 4 for the last norm.
            ("llama-tiny", 3200 + 3248 + 256),
            // GPT-2, hidden 24, intermediate 96: 6 · 24 = 144 and 2 · 24 + 2 · 96 = 240.
            ("gpt2", 2880 + 3360 + 192),
        ] as [(String, Double)]
    )
    func kept(fixture: String, count: Double) throws {
        let outline = try ModelFolder(Fixtures.model(fixture)).outline()
        #expect(outline.keptCount(rows: 10, entries: 4) == count)
    }

    @Test("the widest layer's backward comes when the last layer's part is gone")
    func working() throws {
        let outline = try ModelFolder(Fixtures.model("llama-tiny")).outline()
        // 100 · 232 − (100 · 160 + 1 · 232).
        #expect(outline.workingCount(rows: 100, entries: 1) == 6968)
        #expect(outline.workingCount(rows: 100, entries: 100) == 0)
    }
}
