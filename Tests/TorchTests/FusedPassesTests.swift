import TestSupport
import Testing
import Torch

@Suite struct FusedPassesTests {
    private func sample(_ shape: [Int], _ dtype: DType, seed: UInt64) throws -> Tensor {
        try Tensor(sampleNumbers(shape.reduce(1, *), seed: seed, scale: 4), shape: shape).to(dtype)
    }

    private func doubles(_ tensor: Tensor) throws -> [Double] {
        try tensor.to(.float64).contiguous().elements(as: Double.self)
    }

    @Test("they take float32 and bfloat16, and no mixture")
    func suited() throws {
        let tensors = try DType.allCases.map { try Tensor.zeros([1], $0) }
        #expect(
            tensors.filter { FusedPasses.suit($0) }.map(\.dtype) == [.float32, .bfloat16]
        )
        #expect(
            try !FusedPasses.suit(.zeros([1], .float32), .zeros([1], .bfloat16))
        )
    }

    /// Fewer logits than a vector holds, a vector, many and some more.
    @Test(
        "scores are those of the log-softmax",
        arguments: [1, 5, 16, 1003],
        [DType.float32, .bfloat16]
    )
    func scores(size: Int, dtype: DType) throws {
        let rows = 40
        let logits = try sample([rows, size], dtype, seed: 1)
        let targets = try Tensor((0..<rows).map { $0 * 7 % size })
        let scores = try FusedPasses.scores(logits, targets: targets)
        #expect(scores.shape == [rows, 6])
        #expect(scores.dtype == .float32)

        let wide = try logits.to(.float64)
        let normalizer = try wide.logSumExponential(dimension: 1, keepingDimension: true)
        let logProbabilities = try wide - normalizer
        let probabilities = try logProbabilities.exponential()
        let columns = try targets.expanded(at: 1)
        let isBest = try wide.indexOfMaximum(dimension: 1).isElementwiseEqual(to: targets)
        let expected = try Tensor.concatenated(
            [
                normalizer,
                logProbabilities.gathered(at: columns, dimension: 1),
                -(probabilities * logProbabilities)
                    .sum(dimensions: [1], keepingDimensions: true),
                wide.mean(dimensions: [1], keepingDimensions: true),
                isBest.to(.float64).expanded(at: 1),
                (logProbabilities * 2).logSumExponential(dimension: 1, keepingDimension: true),
            ],
            dimension: 1
        )
        // Sums of a thousand float32 numbers around 4.
        try expectClose(doubles(scores), doubles(expected), absolute: 1e-5)

        let gradients = try sample([rows], .float32, seed: 2)
        let wideGradients = try gradients.to(.float64).expanded(at: 1)
        let slopes = try probabilities * -wideGradients
        try slopes.scatterAddInPlace(wideGradients, at: columns, dimension: 1)
        try FusedPasses.replaceByGradients(
            logits,
            targets: targets,
            normalizers: scores.narrowed(0..<1, dimension: 1),
            gradients: gradients
        )
        let tolerance = dtype == .float32 ? 1e-6 : 1.0 / 256
        try expectClose(
            doubles(logits),
            doubles(slopes),
            absolute: tolerance,
            relative: tolerance
        )
    }

    @Test("of several largest logits the first is the best")
    func ties() throws {
        let logits = try Tensor.zeros([3, 40], .float32)
        let scores = try FusedPasses.scores(logits, targets: Tensor([0, 1, 39]))
        #expect(try doubles(scores.narrowed(4..<5, dimension: 1)) == [1, 0, 0])
    }

    @Test("a logit that is no number makes scores that are none")
    func notANumber() throws {
        for place in [0, 17, 39] {
            var numbers = [Float](repeating: 0, count: 40)
            numbers[place] = .nan
            let scores = try FusedPasses.scores(
                Tensor(numbers, shape: [1, 40]),
                targets: Tensor([3])
            )
            #expect(try doubles(scores)[..<3].allSatisfy(\.isNaN))
        }
    }

    @Test("what does not fit is an error, not a read out of bounds")
    func misfits() throws {
        let x = try Tensor.zeros([4, 8], .float32)
        let short = try Tensor.zeros([7], .float32)
        #expect(throws: TorchError.self) {
            try FusedPasses.normalized(x, weight: short, epsilon: 1, form: .roundedFirst)
        }
        #expect(throws: TorchError.self) {
            try FusedPasses.normalized(
                x.to(.float64),
                weight: Tensor.zeros([8], .float64),
                epsilon: 1,
                form: .roundedFirst
            )
        }
        #expect(throws: TorchError.self) {
            try FusedPasses.normalizedGradient(
                x,
                x,
                weight: Tensor.zeros([8], .float32),
                scales: Tensor.zeros([3], .float32),
                form: .roundedFirst,
                needsInput: true,
                needsWeight: true
            )
        }
        #expect(throws: TorchError.self) { try FusedPasses.siluGated(x, short) }
        #expect(throws: TorchError.self) { try FusedPasses.siluGatedGradient(short, x, x) }
        #expect(throws: TorchError.self) {
            try FusedPasses.rotated(
                Tensor.zeros([4, 1, 8], .float32),
                cosine: Tensor.zeros([4, 1, 8], .float32),
                sine: Tensor.zeros([3, 1, 4], .float32),
                isBackward: false
            )
        }
        #expect(throws: TorchError.self) { try FusedPasses.scores(x, targets: Tensor([0, 1])) }
        for target in [8, -1] {
            #expect(throws: TorchError.self) {
                try FusedPasses.scores(x, targets: Tensor([0, 1, target, 0]))
            }
        }
    }

    @Test("a tensor with gaps is read as what it shows")
    func gaps() throws {
        let both = try sample([6, 10], .float32, seed: 3)
        let (gate, up) = try (
            both.narrowed(0..<5, dimension: 1), both.narrowed(5..<10, dimension: 1)
        )
        #expect(
            try FusedPasses.siluGated(gate, up)
                .isEqual(to: FusedPasses.siluGated(gate.contiguous(), up.contiguous()))
        )
    }
}
