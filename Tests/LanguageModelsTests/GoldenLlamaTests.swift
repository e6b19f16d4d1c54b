import Foundation
import LanguageModels
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Torch

/// Llama against what transformers gives for the same weights and tokens.
@Suite struct GoldenLlamaTests {
    static let models = ["llama-tiny", "llama-tiny-tied"]
    static let beta = 0.1

    @Test(
        "log-probabilities, their sums, DPO's loss and all gradients are those of transformers",
        arguments: models,
        [true, false]
    )
    func golden(model name: String, sharing: Bool) throws {
        let golden = try Golden(name)
        let policy = try ModelFolder(Fixtures.llama(name)).load()
        let reference = try ModelFolder(Fixtures.llama("\(name)/reference"))
            .load(.init(isTrained: false))
        let batch = PackedBatch(groups: try golden.groups(), sharingPrefixes: sharing)
        let scores = try Scores(policy, batch)
        let referenceScores = try withoutGradients { try Scores(reference, batch) }
        for pair in 0..<Golden.pairCount {
            for (offset, side) in ["chosen", "rejected"].enumerated() {
                let rows =
                    batch.sequenceOffsets[
                        2 * pair + offset
                    ]..<batch
                    .sequenceOffsets[2 * pair + offset + 1]
                expectClose(
                    Array(try scores.tokens.doubles()[rows]),
                    try golden.floats("pair.\(pair).\(side)_logps"),
                    absolute: Tolerance.model
                )
                expectClose(
                    Array(try referenceScores.tokens.doubles()[rows]),
                    try golden.floats("pair.\(pair).\(side)_reference_logps"),
                    absolute: Tolerance.model
                )
            }
        }
        let ratios = try (scores.sums - referenceScores.sums).reshaped([-1, 2])
        for (column, side) in ["chosen", "rejected"].enumerated() {
            let sums = try scores.sums.reshaped([-1, 2]).narrowed(column..<column + 1, dimension: 1)
            expectClose(
                try sums.doubles(),
                try golden.floats("\(side)_sums"),
                absolute: 10 * Tolerance.model
            )
        }
        let margins =
            try ratios.narrowed(0..<1, dimension: 1) - ratios.narrowed(1..<2, dimension: 1)
        let losses = try (margins * Self.beta).logSigmoid() * -1
        expectClose(
            try losses.doubles(),
            try golden.floats("losses"),
            absolute: Tolerance.model
        )
        let loss = try losses.mean()
        expectClose([try loss.item()], try golden.floats("loss"), absolute: Tolerance.model)

        try loss.backward()
        for parameter in policy.parameters {
            let gradient = try #require(parameter.value.gradient, "\(parameter.name)")
            expectClose(
                try gradient.doubles(),
                try golden.floats("gradient.\(parameter.name)"),
                absolute: Tolerance.model
            )
        }
        let names = golden.file.entries.map(\.name).filter { $0.hasPrefix("gradient.") }
        #expect(names.count == policy.parameters.count)
        #expect(reference.parameters.allSatisfy { $0.value.gradient == nil })
    }

    @Test("logits of every row are those of transformers", arguments: models)
    func logits(model name: String) throws {
        let golden = try Golden(name)
        let model = try ModelFolder(Fixtures.llama(name)).load(.init(isTrained: false))
        for pair in 0..<Golden.pairCount {
            for side in ["chosen", "rejected"] {
                let tokens = try golden.tokens(pair, side)
                // Everything scored: all rows but the last predict something.
                let sequence = TokenSequence(tokens: tokens, scored: [1..<tokens.count])
                let batch = PackedBatch(groups: [[sequence]])
                let logits = try model.predictorStates(batch).linear(model.vocabularyWeight)
                expectClose(
                    try logits.doubles(),
                    try golden.floats("pair.\(pair).\(side)_logits").dropLast(97),
                    absolute: Tolerance.model
                )
            }
        }
    }

    @Test("in bfloat16 the numbers stay near, and gradients reach the layers' own weights")
    func bfloat16() throws {
        let golden = try Golden("llama-tiny")
        let model = try ModelFolder(Fixtures.llama("llama-tiny")).load(.init(dtype: .bfloat16))
        let batch = PackedBatch(groups: try golden.groups())
        let scores = try Scores(model, batch)
        let expected = try (0..<Golden.pairCount).flatMap { pair in
            try ["chosen", "rejected"].flatMap { try golden.floats("pair.\(pair).\($0)_logps") }
        }
        // 16 bits through two layers, log-probabilities around −5: seen up to 0.03.
        expectClose(try scores.tokens.doubles(), expected, absolute: 0.1)
        try scores.sums.sum().backward()
        for parameter in model.parameters {
            #expect(parameter.master.dtype == .float32)
            #expect(parameter.value.dtype == .bfloat16)
            #expect(try #require(parameter.value.gradient).dtype == .bfloat16)
            #expect(parameter.master.gradient == nil)
        }
        let first = try #require(model.parameters.first)
        try withoutGradients { try first.master.fillInPlace(3) }
        try model.refreshValues()
        #expect(try first.value.doubles().allSatisfy { $0 == 3 })
    }

    @Test("four answers with nested beginnings get the same numbers, shared or not")
    func fourAnswers() throws {
        let model = try ModelFolder(Fixtures.llama("llama-tiny")).load(.init(isTrained: false))
        let prompt: [Int32] = [1, 40, 41, 42]
        let answers: [[Int32]] = [
            [50, 51, 52, 53, 2], [60, 61, 62, 2], [60, 61, 70, 71, 72, 73, 74, 2], [80, 2],
        ]
        let group = answers.map {
            TokenSequence(tokens: prompt + $0, scored: [4..<(4 + $0.count)])
        }
        let shared = PackedBatch(groups: [group])
        let alone = PackedBatch(groups: [group], sharingPrefixes: false)
        #expect(shared.tokens.count < alone.tokens.count)
        #expect(shared.spans.contains { $0.context.count > 1 })
        expectClose(
            try Scores(model, shared).tokens.doubles(),
            try Scores(model, alone).tokens.doubles(),
            absolute: Tolerance.model
        )
    }

    @Test(
        "a token that the model does not know is an error, as input and as target",
        arguments: [
            ([1, 97, 3], 97), ([1, -1, 3], -1), ([1, 2, 97], 97), ([1, 2, .max], Int(Int32.max)),
        ] as [([Int32], Int)]
    )
    func unknownToken(tokens: [Int32], found: Int) throws {
        let folder = Fixtures.llama("llama-tiny")
        let model = try ModelFolder(folder).load(.init(isTrained: false))
        let batch = PackedBatch(groups: [[TokenSequence(tokens: tokens, scored: [1..<3])]])
        let error = try #require(throws: ModelError.self) { try model.predictorStates(batch) }
        #expect(
            error
                == ModelError(
                    path: folder.path,
                    .tokenOutsideVocabulary(id: found, vocabularySize: 97)
                )
        )
        #expect(error.description.contains("token id \(found) lies outside"))
    }

    @Test("a batch that scores nothing has no states and no gradients")
    func nothingScored() throws {
        let model = try ModelFolder(Fixtures.llama("llama-tiny")).load()
        for groups in [[], [[TokenSequence(tokens: [1, 2], scored: [])]]] as [[[TokenSequence]]] {
            let states = try model.predictorStates(PackedBatch(groups: groups))
            #expect(states.shape == [0, 32])
            try states.sum().backward()
        }
        #expect(
            try model.parameters.allSatisfy {
                try $0.value.gradient?.doubles().allSatisfy { $0 == 0 } ?? true
            }
        )
    }
}

/// Log-probabilities by plain operations, all logits at once.
private struct Scores {
    /// `[scored tokens]`.
    let tokens: Tensor
    /// `[sequences]`.
    let sums: Tensor

    init(_ model: any CausalLanguageModel, _ batch: PackedBatch) throws {
        let logits = try model.predictorStates(batch).linear(model.vocabularyWeight).to(.float32)
        let targets = try Tensor(batch.targets).to(.int64).expanded(at: 1)
        let entries =
            try logits.gathered(at: targets, dimension: 1)
            - logits.logSumExponential(dimension: 1, keepingDimension: true)
        tokens = try entries.squeezed(1).selected(Tensor(batch.sequenceEntries))
        let values = tokens
        sums = try Tensor.concatenated(
            (0..<batch.sequenceCount).map {
                try values
                    .narrowed(batch.sequenceOffsets[$0]..<batch.sequenceOffsets[$0 + 1])
                    .sum(dimensions: [0], keepingDimensions: true)
            }
        )
    }
}

/// The golden values of a fixture.
private struct Golden {
    static let pairCount = 3
    let file: SafetensorsFile

    init(_ name: String) throws {
        file = try SafetensorsFile(Fixtures.llama(name).appending(path: "golden.safetensors"))
    }

    func floats(_ name: String) throws -> [Float] {
        try file.withBytes(of: name) { bytes in
            (0..<bytes.count / 4).map {
                bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
            }
        }
    }

    private func ids(_ name: String) throws -> [Int32] {
        try file.withBytes(of: name) { bytes in
            (0..<bytes.count / 8).map {
                Int32(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self))
            }
        }
    }

    /// The prompt with an answer.
    func tokens(_ pair: Int, _ side: String) throws -> [Int32] {
        try ids("pair.\(pair).prompt_ids") + ids("pair.\(pair).\(side)_ids")
    }

    func groups() throws -> [[TokenSequence]] {
        try (0..<Self.pairCount).map { pair in
            let promptLength = try ids("pair.\(pair).prompt_ids").count
            return try ["chosen", "rejected"].map { side in
                let tokens = try tokens(pair, side)
                return TokenSequence(tokens: tokens, scored: [promptLength..<tokens.count])
            }
        }
    }
}
