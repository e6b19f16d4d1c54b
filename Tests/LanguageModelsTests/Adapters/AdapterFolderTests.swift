import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing

@testable import LanguageModels

/// PEFT's files, and what is wrong with some.
@Suite struct AdapterFolderTests {
    private let folder: TemporaryFolder
    private var configuration: JSONObject

    init() throws {
        folder = try TemporaryFolder()
        let source = AdapterCase("llama-tiny", "rslora").url
        for name in ["adapter_config.json", "adapter_model.safetensors"] {
            try FileManager.default.copyItem(
                at: source.appending(path: name),
                to: folder.url.appending(path: name)
            )
        }
        configuration = try #require(
            try JSONValue(contentsOf: source.appending(path: "adapter_config.json")).object
        )
    }

    @Test("a configuration of PEFT's is read")
    func reads() throws {
        let read = try AdapterFolder(folder.url).configuration
        #expect(read.rank == 3)
        #expect(read.alpha == 5)
        #expect(read.dropout == 0.25)
        #expect(read.usesRSLoRA)
        #expect(!read.usesDoRA)
        #expect(read.baseModel == "tiny/llama-tiny")
        // 5 / √3.
        expectClose(read.scale(of: "model.layers.0.mlp.up_proj"), 2.886751345948, absolute: 1e-12)
    }

    @Test("ranks and alphas of their own hold for names that end so, the first that matches")
    func overrides() throws {
        let read = try AdapterFolder(AdapterCase("qwen3", "patterns").url).configuration
        #expect(read.rank(of: "model.layers.0.mlp.down_proj") == 5)
        #expect(read.rank(of: "model.layers.0.mlp.xdown_proj") == 2)
        #expect(read.rank(of: "model.layers.0.self_attn.q_proj") == 1)
        #expect(read.rank(of: "model.layers.1.self_attn.q_proj") == 2)
        #expect(read.scale(of: "model.layers.1.self_attn.k_proj") == 3.5)
        #expect(read.scale(of: "model.layers.0.mlp.down_proj") == 0.8)
    }

    @Test("older configurations without newer keys are read")
    func old() throws {
        let text =
            #"{"peft_type": "LORA", "r": 4, "lora_alpha": 2.5, "target_modules": ["q_proj"]}"#
        _ = try folder.write("adapter_config.json", text)
        let read = try AdapterFolder(folder.url).configuration
        #expect(read == AdapterConfiguration(rank: 4, alpha: 2.5, targets: .names(["q_proj"])))
    }

    @Test(
        "a configuration that cannot be used is refused by the name of its key",
        arguments: [
            ("peft_type", "\"IA3\"", "LORA"), ("peft_type", "null", "LORA"),
            ("task_type", "\"SEQ_CLS\"", "CAUSAL_LM"), ("bias", "\"all\"", "none"),
            ("modules_to_save", "[\"lm_head\"]", "not supported"),
            ("layers_to_transform", "[0]", "not supported"),
            ("exclude_modules", "\"lm_head\"", "not supported"),
            ("trainable_token_indices", "[1]", "not supported"),
            ("lora_bias", "true", "not supported"), ("some_new_key", "3", "not supported"),
            ("init_lora_weights", "\"pissa\"", "base model"), ("r", "0", "positive integer"),
            ("r", "1000000", "at most 65536"), ("r", "\"4\"", "positive integer"),
            ("lora_alpha", "\"x\"", "a number"), ("lora_dropout", "1", "below 1"),
            ("target_modules", "[]", "names of modules"),
            ("target_modules", "3", "list of strings"),
            ("target_modules", "\"(\"", "regular expression"), ("use_dora", "1", "true or false"),
            ("rank_pattern", "{\"q_proj\": 0}", "positive integers"),
            ("rank_pattern", "{\"(\": 1}", "patterns of module names"),
            ("alpha_pattern", "[1]", "object"),
        ] as [(String, String, String)]
    )
    func badConfiguration(key: String, value: String, word: String) throws {
        var changed = configuration
        changed[key] = try JSONValue(parsing: Array(value.utf8))
        _ = try folder.write("adapter_config.json", JSONValue.object(changed).text)
        let error = try #require(throws: ModelError.self) { try AdapterFolder(folder.url) }
        #expect(error.description.contains("adapter_config.json: \(key) is "), "\(error)")
        #expect(error.description.contains(word), "\(error)")
        #expect(error.description.isOneLine)
    }

    private func load(_ model: String = "llama-tiny") throws {
        _ = try ModelFolder(Fixtures.model(model)).load(
            adapter: .saved(try AdapterFolder(folder.url))
        )
    }

    @Test(
        "an adapter of another base is refused, with the name of its own",
        arguments: ["llama-yarn", "gpt2", "llama-biases"]
    )
    func otherBase(model: String) throws {
        let error = try #require(throws: ModelError.self) { try load(model) }
        guard case .adapterOfOtherBase(let made, let base, _) = error.kind else { throw error }
        #expect(made == "tiny/llama-tiny")
        #expect(base == Fixtures.model(model).path)
        #expect(error.description.contains("made for tiny/llama-tiny, does not fit"))
        #expect(error.description.isOneLine)
    }

    @Test("tensors that are missing or too many are named")
    func tensors() throws {
        let file = folder.url.appending(path: "adapter_model.safetensors")
        let old = try SafetensorsCheckpoint(
            AdapterCase("llama-tiny", "rslora").url
                .appending(path: "adapter_model.safetensors")
        )
        func write(_ entries: [TensorEntry]) throws {
            try SafetensorsWriter.write(to: file, entries: entries) { entry, write in
                let source = old.entry(named: entry.name) ?? old.entries[0]
                try old.withBytes(of: source.name, write)
            }
        }
        try write(Array(old.entries.dropFirst()))
        var error = try #require(throws: ModelError.self) { try load() }
        #expect(error.description.contains("tensors are missing: \(old.entries[0].name)"))
        let stranger = try TensorEntry(
            name: "base_model.model.lm_head.lora_A.weight",
            element: old.entries[0].element,
            shape: old.entries[0].shape
        )
        try write(old.entries + [stranger])
        error = try #require(throws: ModelError.self) { try load() }
        #expect(error.description.contains("does not use: \(stranger.name)"))
    }

    @Test("files that are missing or cut off are errors of one line")
    func truncated() throws {
        let file = folder.url.appending(path: "adapter_model.safetensors")
        let bytes = try Data(contentsOf: file)
        for count in [0, 4, 100, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: file)
            let error = try #require(throws: SafetensorsError.self) { try load() }
            #expect(error.description.contains("adapter_model.safetensors"))
            #expect(error.description.isOneLine)
        }
        try FileManager.default.removeItem(at: file)
        #expect(throws: (any Error).self) { try load() }
        _ = try folder.write("adapter_config.json", "{\"peft_type\": ")
        #expect(throws: (any Error).self) { try AdapterFolder(folder.url) }
        _ = try folder.write("adapter_config.json", "[]")
        #expect(throws: ModelError.self) { try AdapterFolder(folder.url) }
    }
}
