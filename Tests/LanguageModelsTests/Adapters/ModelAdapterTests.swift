import Foundation
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

/// New adapters, their reference and their dropout.
@Suite struct ModelAdapterTests {
    private static func load(
        _ configuration: AdapterConfiguration,
        model: String = "llama-tiny",
        seed: UInt64 = 7,
        dtype: DType = .float32
    ) throws -> any CausalLanguageModel {
        try ModelFolder(Fixtures.model(model)).load(
            .init(dtype: dtype),
            adapter: .new(configuration, seed: seed)
        )
    }

    private static func batch(_ model: String = "llama-tiny") throws -> PackedBatch {
        PackedBatch(groups: try Golden(model).groups())
    }

    @Test(
        "a new adapter changes nothing, and its reference is the base",
        arguments: ["llama-tiny", "llama-biases", "gpt2"],
        [DType.float32, .bfloat16]
    )
    func newAdapter(model: String, dtype: DType) throws {
        let batch = try Self.batch(model)
        let base = try ModelFolder(Fixtures.model(model)).load(
            .init(dtype: dtype, isTrained: false)
        )
        let expected = try base.logits(batch).doubles()
        for usesDoRA in [false, true] {
            let policy = try Self.load(.init(usesDoRA: usesDoRA), model: model, dtype: dtype)
            #expect(try policy.logits(batch).doubles() == expected)
            let reference = try #require(policy.adapterReference)
            #expect(reference.parameters.isEmpty)
            #expect(try reference.logits(batch).doubles() == expected)
            // Afterwards the adapter is on again.
            let up = try #require(policy.trainedParameters.first { $0.name.contains("lora_B") })
            try withoutGradients { try up.value.fillInPlace(0.5) }
            #expect(try policy.logits(batch).doubles() != expected)
            #expect(try reference.logits(batch).doubles() == expected)
        }
    }

    @Test("the reference of an adapter that is gone on from is that adapter as it was")
    func continued() throws {
        for adapter in [AdapterCase("llama-tiny", "dora"), AdapterCase("gpt2", "lora")] {
            let policy = try adapter.load()
            let batch = try Self.batch(adapter.model)
            let before = try policy.logits(batch).doubles()
            try withoutGradients {
                for parameter in policy.trainedParameters { try parameter.master.fillInPlace(0.3) }
            }
            let reference = try #require(policy.adapterReference)
            #expect(try reference.logits(batch).doubles() == before)
            #expect(try policy.logits(batch).doubles() != before)
        }
    }

    @Test("A is the same for the same seed and module, everywhere, and within 1/√inputs")
    func beginning() throws {
        let model = try Self.load(.init(rank: 3))
        let parameters = model.trainedParameters
        #expect(parameters.count == 2 * 14)
        for parameter in parameters {
            let numbers = try parameter.master.doubles()
            if parameter.name.hasSuffix("lora_B.weight") {
                #expect(numbers.allSatisfy { $0 == 0 })
                continue
            }
            let bound = 1 / Double(parameter.master.shape[1]).squareRoot()
            #expect(numbers.allSatisfy { abs($0) <= bound })
            // Of 96 even numbers the largest lies above 0.9 bounds but for a chance of 10⁻⁴.
            #expect(numbers.map(abs).max() ?? 0 > 0.9 * bound)
        }
        // By a few lines of Python: FNV-1a of the name, SplitMix64, the upper 24 bits.
        let name = "base_model.model.model.layers.1.mlp.down_proj.lora_A.weight"
        let down = try #require(parameters.first { $0.name == name })
        expectClose(
            Array(try down.master.doubles().prefix(3)),
            [0.01784153310273324, -0.015670909751219677, -0.06413261691057608],
            absolute: 1e-8
        )
        // Whatever else is adapted.
        let alone = try Self.load(.init(rank: 3, targets: .names(["layers.1.mlp.down_proj"])))
        #expect(alone.trainedParameters.count == 2)
        #expect(try alone.trainedParameters[0].master.hasSameBits(as: down.master))
        let other = try Self.load(.init(rank: 3, targets: .names(["down_proj"])), seed: 8)
        #expect(try !other.trainedParameters[2].master.hasSameBits(as: down.master))
    }

    @Test("targets are names, ends of names, or patterns of whole names")
    func targets() throws {
        func modules(_ targets: AdapterConfiguration.Targets) throws -> [String] {
            try Self.load(.init(targets: targets)).trainedParameters.compactMap { parameter in
                let name = parameter.name.dropFirst("base_model.model.model.layers.".count)
                return name.hasSuffix(".lora_A.weight")
                    ? String(name.dropLast(".lora_A.weight".count)) : nil
            }
        }
        #expect(
            try modules(.names(["v_proj", "model.layers.1.mlp.up_proj"])) == [
                "0.self_attn.v_proj", "1.self_attn.v_proj", "1.mlp.up_proj",
            ]
        )
        let pattern = try #require(NamePattern(#".*\.0\.\w+\.(o|down)_proj"#, coversName: true))
        #expect(try modules(.pattern(pattern)) == ["0.self_attn.o_proj", "0.mlp.down_proj"])
        for targets: AdapterConfiguration.Targets in [
            .names(["q_proj", "proj"]), .names(["lm_head"]), .names(["embed_tokens"]),
            .pattern(try #require(NamePattern("q_proj", coversName: true))),
        ] {
            let error = try #require(throws: ModelError.self) {
                try Self.load(.init(targets: targets))
            }
            guard case .noSuchTargets(let found, let known) = error.kind else {
                throw error
            }
            #expect(found.count == 1)
            #expect(
                known == [
                    "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj",
                ]
            )
            #expect(error.description.isOneLine)
        }
    }

    @Test("all-linear passes over routers and experts, but not over shared experts")
    func experts() throws {
        func modules(_ model: String) throws -> Set<String> {
            let names = try Self.load(.init(), model: model).trainedParameters.map(\.name)
            return Set(names.map { String($0.split(separator: ".").dropLast(2).last ?? "") })
        }
        let attention: Set = ["q_proj", "k_proj", "v_proj", "o_proj"]
        #expect(try modules("mixtral") == attention)
        #expect(
            try modules("minimind-moe-2025")
                == attention.union(["gate_proj", "up_proj", "down_proj"])
        )
    }

    @Test(
        "a target that names a router or an expert is refused, also where it names others too",
        arguments: [
            ("mixtral", "w1", "model.layers.0.block_sparse_moe.experts.0.w1"),
            ("mixtral", "gate", "model.layers.0.block_sparse_moe.gate"),
            ("minimind-moe-2025", "up_proj", "model.layers.0.mlp.experts.0.up_proj"),
        ]
    )
    func targetsInExperts(model: String, target: String, module: String) throws {
        #expect(
            throws: ModelError(
                path: Fixtures.model(model).path,
                .targetInExperts(target, module: module)
            )
        ) { try Self.load(.init(targets: .names(["q_proj", target])), model: model) }
    }

    @Test("dropout follows from seed, step and micro-batch alone", arguments: [false, true])
    func dropoutPlace(usesDoRA: Bool) throws {
        let policy = try Self.load(.init(rank: 4, dropout: 0.5, usesDoRA: usesDoRA))
        try withoutGradients {
            for parameter in policy.trainedParameters where parameter.name.contains("lora_B") {
                try parameter.master.copyInPlace(.sample(parameter.master.shape, seed: 3))
            }
        }
        let batch = try Self.batch()
        func logits(_ seed: UInt64, _ step: Int, _ microBatch: Int) throws -> [Double] {
            let place = DropoutPlace(seed: seed, step: step, microBatch: microBatch)
            return try policy.dropping(at: place) { try policy.logits(batch).doubles() }
        }
        let first = try logits(1, 2, 3)
        #expect(try logits(1, 2, 3) == first)
        for (seed, step, microBatch) in [(2, 2, 3), (1, 3, 2), (1, 2, 4), (1, 0, 0)] {
            #expect(try logits(UInt64(seed), step, microBatch) != first)
        }
        // Outside of training nothing is dropped, and never in the reference.
        let whole = try policy.logits(batch).doubles()
        #expect(whole != first)
        let reference = try #require(policy.adapterReference)
        let place = DropoutPlace(seed: 1, step: 2, microBatch: 3)
        #expect(
            try policy.dropping(at: place) { try reference.logits(batch).doubles() }
                == reference.logits(batch).doubles()
        )
        #expect(try policy.logits(batch).doubles() == whole)
    }

    @Test(
        "values and gradients are those of the plain formula",
        arguments: [false, true],
        [0, 0.4]
    )
    func formula(usesDoRA: Bool, dropout: Double) throws {
        let (inputs, outputs, rank, scale) = (6, 5, 2, 1.5)
        let mode = ComputeMode()
        let weight = try Tensor.sample([outputs, inputs], seed: 1)
        let bias = try Tensor.sample([outputs], seed: 2)
        let leaves = try [
            Tensor.sample([7, inputs], seed: 3), .sample([rank, inputs], seed: 4),
            .sample([outputs, rank], seed: 5), .sample([outputs], seed: 6),
        ]
        func parameter(_ tensor: Tensor) -> Parameter {
            Parameter(name: "", master: tensor, value: tensor)
        }
        let place = DropoutPlace(seed: 1, step: 2, microBatch: 3)
        // What is kept, found by asking for it: with W = 0, scale 1 and A = B = 1 the layer gives
        // the dropped input itself.
        func kept() throws -> Tensor {
            let one = try Tensor(
                (0..<inputs * inputs).map { $0 % (inputs + 1) == 0 ? 1.0 : 0 },
                shape: [inputs, inputs]
            )
            let layer = try LowRankAdapter(
                down: parameter(one),
                up: parameter(one),
                magnitude: nil,
                scale: 1,
                layout: .outputsFirst,
                dropout: Dropout("layer", share: dropout),
                keepsStart: false,
                mode: mode
            )
            let ones = try Tensor.full([7, inputs], 1, .float64)
            let nothing = try Tensor.zeros([inputs, inputs], .float64)
            return try mode.dropping(at: place) { try layer(ones, nothing, nil) }
        }
        let mask = try kept()
        let values = Set(try mask.doubles())
        #expect(values == (dropout == 0 ? [1] : [0, 1 / (1 - dropout)]))
        try expectSame(usesDoRA ? leaves : Array(leaves.prefix(3)), tolerance: Tolerance.float64) {
            let layer = try LowRankAdapter(
                down: parameter($0[1]),
                up: parameter($0[2]),
                magnitude: usesDoRA ? parameter($0[3]) : nil,
                scale: scale,
                layout: .outputsFirst,
                dropout: Dropout("layer", share: dropout),
                keepsStart: false,
                mode: mode
            )
            let x = $0[0]
            return try mode.dropping(at: place) { try layer(x, weight, bias) }
        } _: {
            let (x, down, up) = ($0[0], $0[1], $0[2])
            let dropped = try x * mask
            let change = try dropped.linear(down).linear(up) * scale
            guard usesDoRA else { return try x.linear(weight, bias: bias) + change }
            let changed = try weight + up.matrixProduct(down) * scale
            let factor = try $0[3] / changed.detached().norm(dimension: 1)
            // PEFT's DoraLinearLayer.forward.
            let result = try (factor - 1) * dropped.linear(weight) + factor * change
            return try x.linear(weight, bias: bias) + result
        }
    }

    @Test("only weights whose names match are trained; the others are saved as they were")
    func trainedNames() throws {
        let source = try ModelFolder(Fixtures.model("llama-tiny"))
        let pattern = try #require(NamePattern("lm_head|norm"))
        let model = try source.load(.init(dtype: .bfloat16, trainedNames: pattern))
        let trained = model.trainedParameters.map(\.name)
        #expect(trained.count == 6)
        #expect(trained.allSatisfy { $0.contains("lm_head") || $0.contains("norm") })
        try Scores(model, Self.batch()).sums.sum().backward()
        for parameter in model.parameters {
            #expect((parameter.value.gradient != nil) == trained.contains(parameter.name))
        }
        let folder = try TemporaryFolder()
        try source.save(model, to: folder.url)
        let saved = try ModelFolder(folder.url).load(.init(isTrained: false))
        let before = try source.load(.init(isTrained: false))
        for (saved, before) in zip(saved.parameters, before.parameters) {
            #expect(try saved.master.hasSameBits(as: before.master), "\(saved.name)")
        }
        let nothing = try source.load(.init(trainedNames: NamePattern("^none")))
        #expect(nothing.trainedParameters.isEmpty)
    }
}
