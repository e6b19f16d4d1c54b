import Files
import Foundation
import LanguageModels
import OrderedJSON
import PyTorchFiles
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Torch

@Suite struct ModelFolderTests {
    let folder: TemporaryFolder
    var destination: URL { folder.url.appending(path: "saved", directoryHint: .isDirectory) }

    init() throws { folder = try TemporaryFolder() }

    private func error(_ files: ModelFiles) throws -> ModelError {
        try files.write(to: folder)
        return try #require(throws: ModelError.self) { _ = try ModelFolder(folder.url).load() }
    }

    @Test("an unknown model_type is an error that lists the known ones")
    func unknownArchitecture() throws {
        var files = try ModelFiles("llama-tiny")
        for (value, found) in [("bert" as JSONValue, "bert"), ("a\nb", "a\nb"), (.null, "missing")]
        {
            files.configuration["model_type"] = value
            let error = try error(files)
            #expect(
                error.kind
                    == .unknownArchitecture(
                        found: found,
                        known: [
                            "gpt2", "llama", "mistral", "qwen2", "qwen3", "phi3", "olmo2",
                            "gemma2", "gemma3", "gemma3_text", "mixtral", "qwen3_moe", "minimind",
                            "vermind",
                        ]
                    )
            )
            #expect(error.description.contains("; known are gpt2, llama, mistral, "))
            #expect(error.description.isOneLine)
        }
        files.configuration["model_type"] = 3
        #expect(
            try error(files).kind
                == .configuration(key: "model_type", found: "3", allowed: "a string is needed")
        )
    }

    @Test("quantized weights are refused, with a way out")
    func quantized() throws {
        var files = try ModelFiles("llama-tiny")
        files.configuration["quantization_config"] = ["quant_method": "gptq"]
        let description = try error(files).description
        #expect(description.contains("quantization_config is {"))
        #expect(description.contains("use the model they were made from"))
        files.configuration["quantization_config"] = .null
        try files.write(to: folder)
        _ = try ModelFolder(folder.url).load()
    }

    @Test("a configuration with more layers than the file is told which tensors are missing")
    func moreLayers() throws {
        var files = try ModelFiles("llama-tiny")
        files.configuration["num_hidden_layers"] = 3
        guard case .missing(let names) = try error(files).kind else {
            Issue.record("not missing")
            return
        }
        #expect(names.count == 9)
        #expect(names.allSatisfy { $0.hasPrefix("model.layers.2.") })
        // Ends, and in little memory.
        files.configuration["num_hidden_layers"] = 2_147_483_647
        guard case .missing = try error(files).kind else {
            Issue.record("not missing")
            return
        }
    }

    @Test("a configuration with fewer layers is told which tensors are left over")
    func fewerLayers() throws {
        var files = try ModelFiles("llama-tiny")
        files.configuration["num_hidden_layers"] = 1
        guard case .unused(let names) = try error(files).kind else {
            Issue.record("not unused")
            return
        }
        #expect(names.count == 9)
    }

    @Test("sizes that the file has not are an error with both shapes")
    func otherSizes() throws {
        var files = try ModelFiles("llama-tiny")
        files.configuration["vocab_size"] = 98
        #expect(
            try error(files).kind
                == .wrongShape(
                    name: "model.embed_tokens.weight",
                    found: [97, 32],
                    expected: [98, 32]
                )
        )
    }

    @Test("rotary frequencies of old checkpoints are ignored, other tensors are not")
    func rotaryBuffers() throws {
        var files = try ModelFiles("llama-tiny")
        files.weights.append(
            .init("model.layers.0.self_attn.rotary_emb.inv_freq", [4], [1, 0.1, 0.01, 0.001])
        )
        try files.write(to: folder)
        let model = try ModelFolder(folder.url).load()
        #expect(!model.parameters.contains { $0.name.contains("inv_freq") })
        files.weights.append(.init("model.layers.0.self_attn.q_proj.lora_A", [1], [1]))
        #expect(
            try error(files).kind == .unused(["model.layers.0.self_attn.q_proj.lora_A"])
        )
    }

    @Test("a tied model loads from either name or both, and is saved under the embedding's")
    func tied() throws {
        let original = try ModelFiles("llama-tiny-tied")
        let embedding = try #require(
            original.weights.first { $0.name == "model.embed_tokens.weight" }
        )
        var head = embedding
        head.name = "lm_head.weight"
        let others = original.weights.filter { $0.name != embedding.name }
        for weights in [[embedding], [head], [embedding, head]] {
            var files = original
            files.weights = others + weights
            try files.write(to: folder)
            let source = try ModelFolder(folder.url)
            let model = try source.load()
            #expect(model.vocabularyWeight.shape == [97, 32])
            #expect(model.parameters.first?.name == "model.embed_tokens.weight")
            #expect(model.parameters.count == original.weights.count)
            try source.save(model, to: destination)
            let saved = try SafetensorsCheckpoint(destination)
            #expect(saved.entry(named: "lm_head.weight") == nil)
            #expect(try saved.withBytes(of: embedding.name) { Array($0) } == embedding.bytes)
        }
        head.bytes[0] ^= 1
        var files = original
        files.weights.append(head)
        let error = try error(files)
        #expect(error.kind == .tiedButDifferent(embedding.name, head.name))
        #expect(error.description.contains("tie_word_embeddings"))
    }

    @Test("an untied model needs its head")
    func untied() throws {
        var files = try ModelFiles("llama-tiny")
        files.weights.removeAll { $0.name == "lm_head.weight" }
        #expect(try error(files).kind == .missing(["lm_head.weight"]))
    }

    @Test("biases are taken and added where the configuration says that they are there")
    func biases() throws {
        let batch = PackedBatch(groups: [
            [TokenSequence(tokens: [1, 5, 9, 2], scored: [1..<4])]
        ])
        func states(_ files: ModelFiles) throws -> [Double] {
            try files.write(to: folder)
            return try ModelFolder(folder.url).load().predictorStates(batch).doubles()
        }
        let plain = try ModelFiles("llama-tiny")
        let expected = try states(plain)
        let flags = [
            ("attention_bias", ["q_proj", "k_proj", "v_proj", "o_proj"], "self_attn"),
            ("mlp_bias", ["gate_proj", "up_proj", "down_proj"], "mlp"),
        ]
        for (flag, projections, block) in flags {
            var files = plain
            files.configuration[flag] = true
            #expect(
                try error(files).kind
                    == .missing(
                        (0..<2).flatMap { layer in
                            projections.map { "model.layers.\(layer).\(block).\($0).bias" }
                        }
                    )
            )
            var names: [String] = []
            for layer in 0..<2 {
                for projection in projections {
                    let name = "model.layers.\(layer).\(block).\(projection)"
                    let weight = try #require(
                        plain.weights.first { $0.name == "\(name).weight" }
                    )
                    let zeros = [Float](repeating: 0, count: weight.shape[0])
                    files.weights.append(.init("\(name).bias", [zeros.count], zeros))
                    names.append("\(name).bias")
                }
            }
            #expect(try states(files) == expected)
            for name in names {
                var moved = files
                // Uneven, for all scores of a row may move together without effect.
                try moved.change(name) { weight in
                    let numbers = (0..<weight.shape[0]).map { Float($0 % 3) }
                    weight = .init(name, weight.shape, numbers)
                }
                #expect(try states(moved) != expected, "\(name)")
            }
        }
    }

    @Test("weights saved and loaded again are bitwise the same, zeros' signs too")
    func roundTrip() throws {
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let model = try source.load()
        try withoutGradients {
            for (index, parameter) in model.parameters.enumerated() {
                let shape = parameter.master.shape
                let numbers = sampleNumbers(shape.reduce(1, *), seed: UInt64(index), scale: 1e-3)
                try parameter.master.addInPlace(Tensor(numbers, shape: shape).to(.float32))
            }
            let norm = try #require(model.parameters.last { $0.master.shape == [32] })
            try norm.master.copyInPlace(
                Tensor(
                    [-Float.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude]
                        + [Float](repeating: 1.5, count: 29)
                )
            )
        }
        try source.save(model, to: destination)
        let loaded = try ModelFolder(destination).load()
        #expect(loaded.parameters.map(\.name) == model.parameters.map(\.name))
        for (saved, original) in zip(loaded.parameters, model.parameters) {
            #expect(try saved.master.hasSameBits(as: original.master), "\(saved.name)")
        }
    }

    @Test("weights that are not finite are an error that names the tensor and counts them")
    func notFinite() throws {
        for value in [Float.nan, .infinity, -.infinity] {
            var files = try ModelFiles("llama-tiny")
            try files.change("model.norm.weight") { weight in
                weight = .init(weight.name, [32], [value, value] + Array(repeating: 1, count: 30))
            }
            let error = try error(files)
            #expect(error.kind == .notFinite(name: "model.norm.weight", count: 2))
            #expect(error.description.contains("model.norm.weight has 2 numbers that are NaN"))
        }
    }

    @Test("numbers that were checked beforehand are known by tensor; unread files are an error")
    func numberCheck() throws {
        var files = try ModelFiles("llama-tiny")
        try files.change("model.norm.weight") { weight in
            weight = .init(
                weight.name,
                [32],
                [.nan, 1, .infinity] + Array(repeating: 1, count: 29)
            )
        }
        try files.write(to: folder)
        let check = NumberCheck(folder.url)
        #expect(try check.nonFiniteCount(of: "model.norm.weight") == 2)
        #expect(try check.nonFiniteCount(of: "model.embed_tokens.weight") == 0)
        let error = #expect(throws: ModelError.self) {
            try ModelFolder(folder.url).load(.init(), check: check)
        }
        #expect(error?.kind == .notFinite(name: "model.norm.weight", count: 2))

        try FileManager.default.removeItem(at: folder.url.appending(path: "model.safetensors"))
        let unread = NumberCheck(folder.url)
        #expect(throws: SafetensorsError.self) { try unread.nonFiniteCount(of: "any") }
    }

    @Test("a model loads the same from PyTorch's files, single, sharded or under a key")
    func pyTorchFiles() throws {
        let files = try ModelFiles("llama-tiny-tied")
        try files.write(to: folder)
        let expected = try ModelFolder(folder.url).load().parameters
        let entries = try files.weights.map {
            try TensorEntry(name: $0.name, element: $0.element, shape: $0.shape)
        }
        let weights = folder.url.appending(path: "model.safetensors")
        try FileManager.default.removeItem(at: weights)
        for size in [1 << 30, 20_000] {
            try PyTorchWriter.writeCheckpoint(
                to: folder.url,
                entries: entries,
                maximumShardByteCount: size
            ) { entry, write in
                let weight = try #require(files.weights.first { $0.name == entry.name })
                try weight.bytes.withUnsafeBytes(write)
            }
            for isTrained in [true, false] {
                let options = ParameterStore.Options(isTrained: isTrained)
                let loaded = try ModelFolder(folder.url).load(options).parameters
                #expect(loaded.map(\.name) == expected.map(\.name))
                for (one, other) in zip(loaded, expected) {
                    #expect(try one.master.hasSameBits(as: other.master), "\(one.name)")
                }
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(names.contains("pytorch_model.bin.index.json"))
    }

    @Test("a model trained from 16 bits is saved in float32, and config.json says so")
    func savedDType() throws {
        var files = try ModelFiles("llama-tiny")
        let original = try #require(files.weights.first { $0.name == "model.norm.weight" })
        try files.change("model.norm.weight") { weight in
            weight = .init(
                weight.name,
                .bfloat16,
                weight.shape,
                // The upper half of each float32.
                bytes: stride(from: 0, to: original.bytes.count, by: 4).flatMap {
                    original.bytes[($0 + 2)..<($0 + 4)]
                }
            )
        }
        files.configuration["dtype"] = "bfloat16"
        try files.write(to: folder)
        let source = try ModelFolder(folder.url)
        try source.save(source.load(.init(dtype: .bfloat16)), to: destination)
        let saved = try SafetensorsCheckpoint(destination)
        #expect(saved.entries.allSatisfy { $0.element == .float32 })
        let configuration = try JSONValue(
            contentsOf: destination.appending(path: "config.json")
        )
        #expect(configuration["dtype"] == "float32")
        #expect(configuration["torch_dtype"] == nil)
    }

    @Test(
        "config.json keeps every key and its order, and gets the dtype in the spelling it has",
        arguments: [
            (["dtype"], ["dtype"]), (["torch_dtype"], ["torch_dtype"]), ([], ["dtype"]),
            (["torch_dtype", "dtype"], ["torch_dtype", "dtype"]),
        ] as [([String], [String])]
    )
    func savedConfiguration(present: [String], expected: [String]) throws {
        var files = try ModelFiles("llama-tiny")
        files.configuration["dtype"] = nil
        for key in present { files.configuration[key] = "float16" }
        files.configuration["my_own_key"] = ["nested": [1, 2.5, "é"]]
        try files.write(to: folder)
        let source = try ModelFolder(folder.url)
        try source.save(source.load(), to: destination)
        let saved = try #require(
            try JSONValue(contentsOf: destination.appending(path: "config.json")).object
        )
        for key in expected { files.configuration[key] = "float32" }
        #expect(saved == files.configuration)
    }

    @Test(
        "copies in the compute dtype are made when layers first need them",
        arguments: [true, false]
    )
    func filledLater(isTrained: Bool) throws {
        let model = try ModelFolder(Fixtures.model("llama-tiny")).load(
            .init(dtype: .bfloat16, isTrained: isTrained)
        )
        for parameter in model.parameters {
            #expect(try parameter.value.detached().doubles().allSatisfy { $0 == 0 })
        }
        _ = try model.predictorStates(PackedBatch(groups: Golden("llama-tiny").groups()))
        for parameter in model.parameters {
            let expected = try parameter.master.to(.bfloat16)
            #expect(try parameter.value.detached().hasSameBits(as: expected), "\(parameter.name)")
        }
        #expect(model.trainedParameters.isEmpty == !isTrained)
    }

    @Test("the tokenizer's files come along as they are, and nothing else does")
    func companions() throws {
        try ModelFiles("llama-tiny").write(to: folder)
        let bytes = Data([0, 255, 10, 13])
        let copied = [
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
            "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model",
            "generation_config.json", "chat_template.jinja", "LICENSE",
        ]
        for name in copied { _ = try folder.write(name, bytes + Data(name.utf8)) }
        _ = try folder.write("pytorch_model.bin", bytes)
        _ = try folder.write("merges.txt", "")
        let source = try ModelFolder(folder.url)
        try source.save(source.load(), to: destination)
        let names = try FileManager.default.contentsOfDirectory(atPath: destination.path)
        #expect(Set(names) == Set(copied + ["config.json", "model.safetensors"]))
        for name in copied {
            #expect(
                try Data(contentsOf: destination.appending(path: name))
                    == Data(contentsOf: folder.url.appending(path: name))
            )
        }
    }

    @Test("a folder that cannot be made is an error that names it")
    func unwritable() throws {
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let file = try folder.write("saved", "a file")
        let error = try #require(throws: FileError.self) {
            try source.save(source.load(), to: file)
        }
        #expect(error.path == file.path)
    }

    @Test(
        "minimind and VerMind are saved as what transformers knows, without their own keys",
        arguments: [
            ("minimind", "qwen3", "Qwen3ForCausalLM"), ("vermind", "llama", "LlamaForCausalLM"),
        ]
    )
    func plainNames(fixture: String, type: String, class name: String) throws {
        var files = try ModelFiles(fixture)
        #expect(files.configuration["model_type"] == .string(fixture))
        try files.write(to: folder)
        let source = try ModelFolder(folder.url)
        try source.save(source.load(), to: destination)
        let saved = try JSONValue(contentsOf: destination.appending(path: "config.json"))
        #expect(saved["model_type"] == .string(type))
        #expect(saved["architectures"] == [.string(name)])
        #expect(saved["head_dim"] == 8)
        #expect(saved["rope_theta"] == 100.0)
        #expect(saved["tie_word_embeddings"] == true)
        #expect(saved["eos_token_id"] == 2)
        #expect(saved["torch_dtype"] == "float32")
        for key in ["auto_map", "use_moe", "flash_attn"] { #expect(saved[key] == nil) }
        // What their classes take where the file says nothing.
        for key in ["rope_theta", "tie_word_embeddings"] { files.configuration[key] = nil }
        try files.write(to: folder)
        let usual = try ModelFolder(folder.url)
        try usual.save(usual.load(), to: destination)
        let written = try JSONValue(contentsOf: destination.appending(path: "config.json"))
        #expect(written["rope_theta"] == 1_000_000.0)
        #expect(written["tie_word_embeddings"] == true)
    }

    @Test("a sequence that is longer than GPT-2's learned positions is an error")
    func learnedPositions() throws {
        let model = try ModelFolder(Fixtures.model("gpt2")).load(.init(isTrained: false))
        func states(_ count: Int) throws -> Tensor {
            let tokens = [Int32](repeating: 5, count: count)
            let sequence = TokenSequence(tokens: tokens, scored: [1..<count])
            return try model.predictorStates(PackedBatch(groups: [[sequence]]))
        }
        // The last token is a target only: 21 tokens have rows at positions 0 to 19.
        #expect(try states(21).shape == [20, 24])
        let error = try #require(throws: ModelError.self) { try states(22) }
        #expect(error.kind == .sequenceTooLong(position: 20, limit: 20))
        #expect(error.description.contains("position 20"))
        #expect(error.description.isOneLine)
    }

    @Test("masks among the weights of old GPT-2 checkpoints are ignored, other tensors are not")
    func maskBuffers() throws {
        var files = try ModelFiles("gpt2-2019")
        #expect(files.weights.contains { $0.name == "h.0.attn.bias" })
        files.weights.append(.init("h.0.crossattention.q_attn.weight", [1], [1]))
        #expect(try error(files).kind == .unused(["h.0.crossattention.q_attn.weight"]))
    }

    @Test("of a Gemma 3 with images, the text model is taken from either spelling and saved alone")
    func gemmaWithImages() throws {
        var files = try ModelFiles("gemma3-images")
        let batch = PackedBatch(groups: [
            [TokenSequence(tokens: [1, 5, 9, 7, 8, 6, 2], scored: [1..<7])]
        ])
        var states: [[Double]] = []
        for isNew in [false, true] {
            if isNew {
                for index in files.weights.indices {
                    let name = files.weights[index].name
                    files.weights[index].name =
                        name.hasPrefix("language_model.model.")
                        ? "model.language_model.\(name.dropFirst(21))" : "model.\(name)"
                }
            }
            try files.write(to: folder)
            let source = try ModelFolder(folder.url)
            let model = try source.load()
            #expect(model.parameters.allSatisfy { $0.name.hasPrefix("model.") })
            states.append(try model.predictorStates(batch).doubles())
            try source.save(model, to: destination)
            states.append(
                try ModelFolder(destination).load().predictorStates(batch).doubles()
            )
            let saved = try JSONValue(contentsOf: destination.appending(path: "config.json"))
            #expect(saved["model_type"] == "gemma3_text")
            #expect(saved["architectures"] == ["Gemma3ForCausalLM"])
            #expect(saved["eos_token_id"] == [2, 5])
            #expect(saved["torch_dtype"] == "float32")
            #expect(saved["vision_config"] == nil)
        }
        #expect(Set(states).count == 1)
        files.configuration["text_config"] = nil
        #expect(
            try error(files).kind
                == .configuration(
                    key: "text_config",
                    found: "missing",
                    allowed: "an object is needed"
                )
        )
    }

    @Test("a text model alone has no tensors for images")
    func gemmaWithoutImages() throws {
        var files = try ModelFiles("gemma3-plain")
        files.weights.append(.init("vision_tower.patches", [1], [1]))
        #expect(try error(files).kind == .unused(["vision_tower.patches"]))
    }
}
