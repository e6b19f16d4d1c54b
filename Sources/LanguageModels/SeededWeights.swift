import RandomNumbers
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
            // Uniform numbers between −w and w have the standard deviation w/√3.
            let width = 0.02 * 3.0.squareRoot()
            var generator = SplitMix64(state: nameHash(name) ^ seed)
            for index in memory.numbers.indices {
                memory.numbers[index] = Float((2 * generator.nextFraction() - 1) * width)
            }
        }
        return TensorBytes(UnsafeRawBufferPointer(memory.numbers), owner: memory)
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
