import Foundation
import LanguageModels
import PreferenceData
import PreferenceOptimization
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Torch

/// The natural logarithm of 2.
let ln2: Double = log(2)

/// Tolerances, with what they allow for.
enum Tolerance {
    /// Some tens of units in the last place of float32, 2⁻²³ ≈ 1.2e-7, for numbers around 1.
    static let float32 = 3e-6
    /// A few units in the last place of bfloat16, 2⁻⁸ ≈ 0.004, for logits around 3.
    static let bfloat16 = 0.05
    /// Central differences with steps of 1e-5 err by about 1e-10 in float64.
    static let finiteDifference = 1e-8
    /// The same sums in another order: a few units in the last place of log-probabilities
    /// around −50.
    static let order = 3e-5
}

extension Tensor {
    /// A tensor of numbers that look random, the same in every run.
    static func sample(
        _ shape: [Int],
        _ dtype: DType = .float64,
        seed: UInt64,
        scale: Double = 1
    ) throws -> Tensor {
        try Tensor(sampleNumbers(shape.reduce(1, *), seed: seed, scale: scale), shape: shape)
            .to(dtype)
    }

    /// All elements, whatever the floating-point dtype.
    func doubles() throws -> [Double] {
        try detached().to(.float64).contiguous().elements(as: Double.self)
    }

    /// The bytes of all elements: what is the same even where numbers are not comparable.
    func bits() throws -> [UInt8] {
        try detached().contiguous().withBytes { Array($0) }
    }
}

extension CausalLanguageModel {
    /// The bytes of all master weights.
    func bits() throws -> [[UInt8]] { try parameters.map { try $0.master.bits() } }
}

extension Trainer {
    /// Trains to the end and returns the metrics of all steps.
    func allMetrics() throws -> [StepMetrics] {
        var all: [StepMetrics] = []
        try train { metrics in
            all.append(metrics)
            return .continue
        }
        return all
    }
}

/// A policy with the reference it starts from.
struct TinyModels {
    let policy: any CausalLanguageModel
    let reference: any CausalLanguageModel

    /// - Parameter followsPolicy: whether the reference has weights of its own, to be moved.
    init(dtype: DType = .float32, followsPolicy: Bool = false) throws {
        try self.init(
            ModelFolder(Fixtures.llama("llama-tiny")),
            dtype: dtype,
            followsPolicy: followsPolicy
        )
    }

    init(_ folder: ModelFolder, dtype: DType = .float32, followsPolicy: Bool = false) throws {
        policy = try folder.load(.init(dtype: dtype))
        reference = try folder.load(.init(dtype: dtype, isTrained: followsPolicy))
    }
}

/// A pair of token sequences for the tiny models, most of which know 97 tokens.
func pair(
    _ number: Int,
    prompt: Int = 5,
    chosen: Int,
    rejected: Int,
    sharing: Int = 0,
    vocabularySize: Int = 97
) -> PreferencePair {
    let middle = Double(vocabularySize / 2 + 2)
    func tokens(_ count: Int, _ seed: Int) -> [Int32] {
        sampleNumbers(count, seed: UInt64(100 * number + seed)).map {
            Int32(middle + $0 * (middle - 4))
        }
    }
    let beginning = tokens(prompt + sharing, 1)
    func sequence(_ count: Int, _ seed: Int) -> TokenSequence {
        let all = beginning + tokens(count - sharing, seed)
        return TokenSequence(tokens: all, scored: [prompt..<all.count])
    }
    return PreferencePair(
        chosen: sequence(chosen, 2),
        rejected: sequence(rejected, 3),
        promptLength: prompt,
        source: RowSource(file: "pairs.jsonl", line: number)
    )
}

/// Eight pairs of unequal lengths, some of whose answers begin alike.
let samplePairs = [
    pair(1, chosen: 3, rejected: 6), pair(2, chosen: 6, rejected: 4, sharing: 1),
    pair(3, prompt: 4, chosen: 7, rejected: 3), pair(4, chosen: 2, rejected: 7),
    pair(5, prompt: 9, chosen: 1, rejected: 2), pair(6, chosen: 12, rejected: 4, sharing: 3),
    pair(7, prompt: 1, chosen: 5, rejected: 5), pair(8, prompt: 6, chosen: 4, rejected: 8),
]

extension Preference {
    /// A pair as a preference.
    init(_ pair: PreferencePair) {
        self.init(
            sequences: pair.sequences,
            promptLength: pair.promptLength,
            weight: pair.weight,
            margin: pair.margin,
            source: pair.source
        )
    }
}

extension Trainer {
    /// A trainer of pairs.
    convenience init(
        policy: any CausalLanguageModel,
        reference: (any CausalLanguageModel)?,
        pairs: PreferencePairs,
        configuration: TrainingConfiguration
    ) throws {
        try self.init(
            policy: policy,
            reference: reference,
            preferences: pairs.map(Preference.init),
            configuration: configuration
        )
    }
}
