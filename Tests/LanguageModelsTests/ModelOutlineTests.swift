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

    @Test(
        "of what is computed again only the input is kept, but by the last layer",
        arguments: [
            // As above, of the first layer: 160 and the hidden 32 before the feed-forward block, or
            // the 32 before the layer.
            ("llama-tiny", .selective, 1920 + 1600 + 928 + 256),
            ("llama-tiny", .full, 320 + 1600 + 928 + 256),
            // 144 and 24, or 24.
            ("gpt2", .selective, 1680 + 1440 + 960 + 192),
            ("gpt2", .full, 240 + 1440 + 960 + 192),
        ] as [(String, ActivationCheckpointing, Double)]
    )
    func checkpointing(fixture: String, way: ActivationCheckpointing, count: Double) throws {
        let outline = try ModelFolder(Fixtures.model(fixture)).outline()
        #expect(outline.keptCount(rows: 10, entries: 4, way) == count)
    }

    @Test("a backward has what it computed again beside it, to its end")
    func workingAgain() throws {
        let outline = try ModelFolder(Fixtures.model("llama-tiny")).outline()
        // 100 · (232 + 200) and 100 · (232 + 360), and − (100 · 160 + 1 · 232).
        #expect(outline.workingCount(rows: 100, entries: 1, .selective) == 26_968)
        #expect(outline.workingCount(rows: 100, entries: 1, .full) == 42_968)
        #expect(outline.endCount(rows: 100, .selective) == 43_200)
        #expect(outline.endCount(rows: 100, .full) == 59_200)
        #expect(outline.endCount(rows: 100, .off) == 0)
    }

    @Test("an adapter is all that is trained, and keeps what it makes of each row")
    func adapter() throws {
        let folder = try ModelFolder(Fixtures.model("llama-tiny"))
        let source = AdapterSource.new(AdapterConfiguration(rank: 4), seed: 0)
        let outline = try folder.outline(adapter: source)
        #expect(outline.trainedCount == 0)
        // Inputs and outputs of a layer's matrices: 32 + 32 twice, 32 + 16 twice, 32 + 56 three
        // times; two layers.
        #expect(outline.adapterCount == 2 * 4 * 488)
        let trained = try folder.load(.init(), adapter: source).trainedParameterCount
        #expect(outline.adapterCount == trained)
        // Seven matrices of rank 4 in each of two layers; the rest as without an adapter.
        let plain = try folder.outline()
        #expect(
            outline.keptCount(rows: 10, entries: 4)
                == plain.keptCount(rows: 10, entries: 4) + 2 * 7 * 4 * 10
        )
    }

    @Test(
        "every architecture's adapter is counted as it is made, DoRA's lengths too",
        arguments: ["llama-tiny", "gpt2", "phi3", "gemma2", "olmo2", "qwen3-moe"]
    )
    func lengths(fixture: String) throws {
        let folder = try ModelFolder(Fixtures.model(fixture))
        let source = AdapterSource.new(AdapterConfiguration(rank: 4, usesDoRA: true), seed: 0)
        let outline = try folder.outline(adapter: source)
        let trained = try folder.load(.init(), adapter: source).trainedParameterCount
        #expect(outline.adapterCount == trained)
        // No layer is taken for one that keeps nothing.
        let plain = try folder.outline().keptCount(rows: 9, entries: 2)
        #expect(outline.keptCount(rows: 9, entries: 2) > plain)
    }

    @Test("dropout has masks where it is on, of an adapter's widest input or of the states")
    func masks() throws {
        let gpt2 = try ModelFolder(Fixtures.model("gpt2")).outline()
        #expect(gpt2.maskedCount(rows: 10, appliesOwn: true) == 10 * 24)
        #expect(gpt2.maskedCount(rows: 10, appliesOwn: false) == 0)
        let folder = try ModelFolder(Fixtures.model("llama-tiny"))
        for (dropout, count) in [(0.1, 10.0 * 56), (0, 0)] {
            let source = AdapterSource.new(AdapterConfiguration(dropout: dropout), seed: 0)
            let outline = try folder.outline(adapter: source)
            #expect(outline.maskedCount(rows: 10, appliesOwn: true) == count)
        }
    }

    @Test("layers before the first trained weight keep nothing")
    func chosenWeights() throws {
        let folder = try ModelFolder(Fixtures.model("llama-tiny"))
        func outline(_ pattern: String) throws -> ModelOutline {
            try folder.outline(trainedNames: NamePattern(pattern))
        }
        let head = try outline("model.norm")
        #expect(head.trainedCount == 32)
        #expect(head.keptCount(rows: 10, entries: 4) == 2 * 32 * 4)
        // As above, of the last layer alone: 10 · 160 + 4 · 232.
        let last = try outline("layers.1.mlp.up_proj")
        #expect(last.trainedCount == 32 * 56)
        #expect(last.keptCount(rows: 10, entries: 4) == 1600 + 928 + 256)
        let embedding = try outline("embed_tokens")
        #expect(embedding.keptCount(rows: 10, entries: 4) == 3200 + 3248 + 256)
    }

    @Test("the widest layer's backward comes when the last layer's part is gone")
    func working() throws {
        let outline = try ModelFolder(Fixtures.model("llama-tiny")).outline()
        // 100 · 232 − (100 · 160 + 1 · 232).
        #expect(outline.workingCount(rows: 100, entries: 1) == 6968)
        #expect(outline.workingCount(rows: 100, entries: 100) == 0)
    }
}
