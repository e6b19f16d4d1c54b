import Foundation
import LanguageModels
import Safetensors
import TestSupport
import TokenTrees
import Torch

extension CausalLanguageModel {
    /// `[entries, vocabulary]`, float32.
    func logits(_ batch: PackedBatch) throws -> Tensor {
        let logits = try predictorStates(batch).linear(vocabularyWeight).to(.float32)
        guard let cap = logitSoftCap else { return logits }
        return try (logits / cap).hyperbolicTangent() * cap
    }
}

/// Log-probabilities by plain operations, all logits at once.
struct Scores {
    /// `[scored tokens]`.
    let tokens: Tensor
    /// `[sequences]`.
    let sums: Tensor

    init(_ model: any CausalLanguageModel, _ batch: PackedBatch) throws {
        let logits = try model.logits(batch)
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
struct Golden {
    static let pairCount = 3
    let file: SafetensorsFile

    init(_ name: String) throws {
        file = try SafetensorsFile(Fixtures.model(name).appending(path: "golden.safetensors"))
    }

    /// Those of a model's adapter.
    init(_ model: String, adapter: String) throws {
        try self.init("\(model)/adapters/\(adapter)")
    }

    func floats(_ name: String) throws -> [Float] {
        try file.withBytes(of: name) { bytes in
            (0..<bytes.count / 4).map {
                bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
            }
        }
    }

    /// `[sequences]`: chosen and rejected, pair by pair.
    func referenceSums() throws -> Tensor {
        let chosen = try floats("chosen_reference_sums")
        let rejected = try floats("rejected_reference_sums")
        return try Tensor(zip(chosen, rejected).flatMap { [$0, $1] })
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
