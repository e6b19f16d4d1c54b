import Foundation
import Safetensors

/// Tensors whose numbers follow from their names and a seed: a checkpoint without a file.
///
/// Weights of norms, which have one axis, are 1. The others are uniform with mean 0 and standard
/// deviation 0.02: element i, in row-major order from 0, comes from SplitMix64's output number
/// i + 1, the state beginning at FNV-1a of the name XOR the seed.
final class SeededWeights: TensorCheckpoint {
    let entries: [TensorEntry]
    private let seed: UInt64

    init(_ entries: [TensorEntry], seed: UInt64) {
        self.entries = entries
        self.seed = seed
    }

    func entry(named name: String) -> TensorEntry? { entries.first { $0.name == name } }

    func tensorBytes(of name: String) throws -> TensorBytes {
        guard let entry = entry(named: name) else {
            throw ModelError(path: "seeded weights", .missing([name]))
        }
        let memory = Memory(entry.elementCount)
        if entry.shape.count == 1 {
            memory.numbers.update(repeating: 1)
        } else {
            Self.fill(memory.numbers, state: Self.hash(name) ^ seed)
        }
        return TensorBytes(UnsafeRawBufferPointer(memory.numbers), owner: memory)
    }

    /// FNV-1a of a text's UTF-8 bytes, with 64 bits.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    private static func fill(_ numbers: UnsafeMutableBufferPointer<Float>, state: UInt64) {
        // Uniform numbers between −w and w have the standard deviation w/√3.
        let width = 0.02 * 3.0.squareRoot()
        var state = state
        for index in numbers.indices {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            let uniform = Double(mixed >> 11) / Double(1 << 53)
            numbers[index] = Float((2 * uniform - 1) * width)
        }
    }

    /// Numbers that stay where they are as long as somebody holds on to them.
    private final class Memory {
        let numbers: UnsafeMutableBufferPointer<Float>

        init(_ count: Int) {
            numbers = .allocate(capacity: count)
            numbers.initialize(repeating: 0)
        }

        deinit { numbers.deallocate() }
    }
}
