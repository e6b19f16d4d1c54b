import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// Layers in one pass, in float32 and bfloat16, against the plain operations that float64 takes.
@Suite struct FusedLayerTests {
    /// Rows of more and of fewer than sixteen numbers, and more rows than a thread's share.
    static let shapes = [[1, 1], [5, 16], [700, 37], [2, 3, 100]]
    static let epsilon = 1e-5

    /// Expects the same of numbers that both dtypes can hold.
    private func expectFloat64(
        _ shapes: [[Int]],
        scale: Double = 2,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ function: ([Tensor]) throws -> Tensor
    ) throws {
        // Sums over hundreds of rows, of products around 1.
        for (dtype, absolute, relative) in [
            (DType.float32, 3e-5, Tolerance.float32),
            (.bfloat16, 2 * Tolerance.bfloat16, Tolerance.bfloat16),
        ] {
            let inputs = try shapes.enumerated().map {
                try Tensor.sample($1, .bfloat16, seed: UInt64($0 + 1), scale: scale)
            }
            let actual = try valuesAndGradients(inputs.map { try $0.to(dtype) }, function)
            // The same weights of the sum, which are rounded to the dtype.
            let expected = try valuesAndGradients(inputs.map { try $0.to(.float64) }) {
                try Rounded(dtype)(function($0))
            }
            expectClose(
                actual.values,
                expected.values,
                absolute: absolute,
                relative: relative,
                sourceLocation: sourceLocation
            )
            for (actual, expected) in zip(actual.gradients, expected.gradients) {
                expectClose(
                    actual,
                    expected,
                    absolute: absolute,
                    relative: relative,
                    sourceLocation: sourceLocation
                )
            }
        }
    }

    /// Rounds the gradient of a float64 tensor, as that of a shorter one is rounded.
    private struct Rounded {
        let dtype: DType
        init(_ dtype: DType) { self.dtype = dtype }

        func callAsFunction(_ x: Tensor) throws -> Tensor {
            try withCustomGradient([x]) { () throws(TorchError) in
                let output = try x.cloned()
                return CustomGradient([output]) { (gradients, _) throws(TorchError) in
                    [try gradients[0].to(dtype).to(.float64)]
                }
            }[0]
        }
    }

    @Test(
        "RMSNorm in one pass is the plain one",
        arguments: shapes,
        [RMSNorm.Form.roundedFirst, .roundedLast, .onePlusWeight]
    )
    func norm(shape: [Int], form: RMSNorm.Form) throws {
        try expectFloat64([shape, [shape[shape.count - 1]]]) {
            try rootMeanSquareNormalized(
                $0[0],
                weight: $0[1],
                epsilon: Self.epsilon,
                form: form
            )
        }
    }

    @Test("the gated unit in one pass is the plain one", arguments: shapes)
    func gatedUnit(shape: [Int]) throws {
        try expectFloat64([shape, shape], scale: 6) { try Activation.silu.gated($0[0], $0[1]) }
    }

    @Test("a gate far from zero lets all or nothing through")
    func farGate() throws {
        for dtype in [DType.float32, .bfloat16] {
            let gate = try Tensor([-200, -100, 100, 200] as [Float], shape: [4]).to(dtype)
            let ones = try Tensor.full([4], 1, dtype)
            let actual = try valuesAndGradients([gate, ones]) {
                try Activation.silu.gated($0[0], $0[1])
            }
            // 200 itself is a number of bfloat16.
            expectClose(actual.values, [0, 0, 100, 200], absolute: 1e-30)
            let weights = try Tensor.sample([4], dtype, seed: 99).doubles()
            expectClose(
                actual.gradients[0],
                [0, 0, weights[2], weights[3]],
                absolute: 1e-30
            )
        }
    }

    @Test(
        "rotary embedding in one pass is the plain one",
        arguments: [[6, 6], [6, 10], [64, 64], [50, 70]]
    )
    func rotary(sizes: [Int]) throws {
        let positions = (0..<300).map { Int32($0 % 70) }
        func embedding(_ dtype: DType) throws -> RotaryEmbedding {
            try RotaryEmbedding(
                RotaryConfiguration(
                    dimension: sizes[0],
                    base: 10_000,
                    scaling: .none,
                    attentionFactor: 1
                ),
                positions: positions,
                lengths: positions.map { _ in 70 },
                headSize: sizes[1],
                dtype: dtype,
                on: .cpu
            )
        }
        try expectFloat64([[positions.count, 3, sizes[1]]]) { try embedding($0[0].dtype)($0[0]) }
    }

    @Test("results do not depend on the number of rows beside a row")
    func rowsAlone() throws {
        let x = try Tensor.sample([700, 37], .float32, seed: 1)
        let weight = try Tensor.sample([37], .float32, seed: 2)
        func norm(_ x: Tensor) throws -> Tensor {
            try rootMeanSquareNormalized(x, weight: weight, epsilon: Self.epsilon)
        }
        #expect(try norm(x).narrowed(600..<601).isEqual(to: norm(x.narrowed(600..<601))))
    }
}
