import Foundation
import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// Layers with gradients of their own, against the same formulas in plain operations.
@Suite struct LayerTests {
    static let epsilon = 1e-5

    private static func plainNorm(_ x: Tensor, _ weight: Tensor) throws -> Tensor {
        let mean = try (x * x).mean(dimensions: [-1], keepingDimensions: true)
        return try x * (mean + epsilon).reciprocalSquareRoot() * weight
    }

    @Test(
        "RMSNorm has the values and gradients of its formula",
        arguments: [[5, 6], [2, 3, 6], [6], [0, 6]]
    )
    func norm(shape: [Int]) throws {
        try expectSame(
            [Tensor.sample(shape, seed: 1, scale: 3), Tensor.sample([6], seed: 2)],
            tolerance: Tolerance.float64
        ) {
            try rootMeanSquareNormalized($0[0], weight: $0[1], epsilon: Self.epsilon)
        } _: {
            try Self.plainNorm($0[0], $0[1])
        }
    }

    @Test("RMSNorm with one plus the weight has the values and gradients of its formula")
    func onePlusNorm() throws {
        try expectSame(
            [Tensor.sample([5, 6], seed: 1, scale: 3), Tensor.sample([6], seed: 2)],
            tolerance: Tolerance.float64
        ) {
            try rootMeanSquareNormalized(
                $0[0],
                weight: $0[1],
                epsilon: Self.epsilon,
                form: .onePlusWeight
            )
        } _: {
            try Self.plainNorm($0[0], $0[1] + 1)
        }
    }

    @Test(
        "RMSNorm rounds before or behind the product with the weight, as the model does",
        arguments: [RMSNorm.Form.roundedFirst, .roundedLast, .onePlusWeight]
    )
    func roundingOfNorm(form: RMSNorm.Form) throws {
        let x = try Tensor.sample([50, 6], .bfloat16, seed: 1)
        let weight = try Tensor.sample([6], .bfloat16, seed: 2)
        let wide = try x.to(.float32)
        let mean = try (wide * wide).mean(dimensions: [-1], keepingDimensions: true)
        let normalized = try wide * (mean + Self.epsilon).reciprocalSquareRoot()
        let expected =
            switch form {
            case .roundedFirst: try normalized.to(.bfloat16) * weight
            case .roundedLast: try (normalized * weight.to(.float32)).to(.bfloat16)
            case .onePlusWeight: try (normalized * (weight.to(.float32) + 1)).to(.bfloat16)
            }
        let actual = try rootMeanSquareNormalized(
            x,
            weight: weight,
            epsilon: Self.epsilon,
            form: form
        )
        // Bit by bit, but for the last bit of the norm where the two sum differently.
        let same = try actual.isElementwiseEqual(to: expected).sum().elements(as: Int.self)[0]
        #expect(same >= 298)
    }

    @Test("RMSNorm's gradients are those of finite differences")
    func normDifferences() throws {
        let inputs = [
            try Tensor.sample([3, 4], seed: 3), try Tensor.sample([4], seed: 4),
        ]
        let step = 1e-5
        func value(_ inputs: [Tensor]) throws -> Double {
            let output = try rootMeanSquareNormalized(inputs[0], weight: inputs[1], epsilon: 0.3)
            return try (output * Tensor.sample(output.shape, seed: 99)).sum().item()
        }
        let gradients = try valuesAndGradients(inputs, seed: 99) {
            try rootMeanSquareNormalized($0[0], weight: $0[1], epsilon: 0.3)
        }.gradients
        for (position, input) in inputs.enumerated() {
            let numbers = try input.doubles()
            let expected = try numbers.indices.map { index in
                let ends = try [step, -step].map { offset in
                    var moved = numbers
                    moved[index] += offset
                    var arguments = inputs
                    arguments[position] = try Tensor(moved, shape: input.shape)
                    return try value(arguments)
                }
                return (ends[0] - ends[1]) / (2 * step)
            }
            expectClose(gradients[position], expected, absolute: Tolerance.finiteDifference)
        }
    }

    @Test("RMSNorm gives each input its gradient where the other is frozen")
    func normFrozen() throws {
        let (x, weight) = (try Tensor.sample([5, 6], seed: 1), try Tensor.sample([6], seed: 2))
        let both = try valuesAndGradients([x, weight]) {
            try rootMeanSquareNormalized($0[0], weight: $0[1], epsilon: Self.epsilon)
        }.gradients
        let first = try valuesAndGradients([x]) {
            try rootMeanSquareNormalized($0[0], weight: weight, epsilon: Self.epsilon)
        }.gradients
        let second = try valuesAndGradients([weight]) {
            try rootMeanSquareNormalized(x, weight: $0[0], epsilon: Self.epsilon)
        }.gradients
        #expect(both == first + second)
    }

    @Test("RMSNorm of bfloat16 takes the mean in float32 and gives bfloat16")
    func normBFloat16() throws {
        // 16 bits would stop adding squares of 1 at 256 of them.
        let x = try Tensor.full([1, 4096], 1, .bfloat16)
        let output = try rootMeanSquareNormalized(
            x,
            weight: Tensor.full([4096], 1, .bfloat16),
            epsilon: Self.epsilon
        )
        #expect(output.dtype == .bfloat16)
        #expect(try output.doubles().allSatisfy { $0 == 1 })

        let inputs = [
            try Tensor.sample([5, 6], .bfloat16, seed: 1),
            try Tensor.sample([6], .bfloat16, seed: 2),
        ]
        let actual = try valuesAndGradients(inputs) {
            try rootMeanSquareNormalized($0[0], weight: $0[1], epsilon: Self.epsilon)
        }
        let expected = try valuesAndGradients(inputs.map { try $0.to(.float64) }) {
            try Self.plainNorm($0[0], $0[1])
        }
        expectClose(actual.values, expected.values, absolute: Tolerance.bfloat16)
        for (actual, expected) in zip(actual.gradients, expected.gradients) {
            expectClose(actual, expected, absolute: 2 * Tolerance.bfloat16)
        }
    }

    @Test("the gated unit has the values and gradients of silu(gate) · up")
    func gatedUnit() throws {
        for (dtype, tolerance) in [
            (DType.float64, Tolerance.float64), (.float32, Tolerance.float32),
            (.bfloat16, 2 * Tolerance.bfloat16),
        ] {
            let inputs = try (1...2).map { try Tensor.sample([5, 7], dtype, seed: $0, scale: 4) }
            let actual = try valuesAndGradients(inputs) { try Activation.silu.gated($0[0], $0[1]) }
            let expected = try valuesAndGradients(inputs.map { try $0.to(.float64) }) {
                try $0[0] / ((-$0[0]).exponential() + 1) * $0[1]
            }
            expectClose(
                actual.values,
                expected.values,
                absolute: tolerance,
                relative: tolerance
            )
            for (actual, expected) in zip(actual.gradients, expected.gradients) {
                expectClose(actual, expected, absolute: tolerance, relative: tolerance)
            }
        }
    }

    @Test(
        "other gated units have the values and gradients of their formulas",
        arguments: [true, false]
    )
    func gelu(withTanh: Bool) throws {
        let activation = withTanh ? Activation.geluTanh : .gelu
        let inputs = try (1...2).map { try Tensor.sample([5, 7], seed: $0, scale: 4) }
        try expectSame(inputs, tolerance: Tolerance.float64) {
            try activation.gated($0[0], $0[1])
        } _: {
            try $0[0].gelu(withTanh: withTanh) * $0[1]
        }
    }

    static let positions: [Int32] = [0, 1, 2, 3, 2, 3, 700]
    static let (headSize, base) = (6, 10_000.0)

    private func rotary(
        _ dtype: DType = .float64,
        headSize: Int = headSize,
        attentionFactor: Double = 1
    ) throws -> RotaryEmbedding {
        try RotaryEmbedding(
            RotaryConfiguration(
                dimension: Self.headSize,
                base: Self.base,
                scaling: .none,
                attentionFactor: attentionFactor
            ),
            positions: Self.positions,
            lengths: Self.positions.map { _ in 800 },
            headSize: headSize,
            dtype: dtype,
            on: .cpu
        )
    }

    @Test("rotary embedding leaves what is behind its dimension, and scales what turns")
    func rotaryPart() throws {
        let x = try Tensor.sample([Self.positions.count, 2, 10], seed: 8)
        let turned = try rotary(headSize: 10, attentionFactor: 1.5)(x)
        let first = try x.narrowed(0..<Self.headSize, dimension: 2)
        expectClose(
            try turned.narrowed(0..<Self.headSize, dimension: 2).doubles(),
            try (rotary()(first) * 1.5).doubles(),
            // The layer's cosines are float32.
            absolute: 1e-6
        )
        let rest = Self.headSize..<10
        #expect(
            try turned.narrowed(rest, dimension: 2).isEqual(to: x.narrowed(rest, dimension: 2))
        )
        try expectSame([x], tolerance: 1e-6) {
            try rotary(headSize: 10, attentionFactor: 1.5)($0[0])
        } _: {
            try Tensor.concatenated(
                [
                    rotary()($0[0].narrowed(0..<Self.headSize, dimension: 2)) * 1.5,
                    $0[0].narrowed(rest, dimension: 2),
                ],
                dimension: 2
            )
        }
    }

    @Test("rotary embedding in float32 rounds to bfloat16 at last")
    func rotaryFloat32() throws {
        let x = try Tensor.sample([Self.positions.count, 2, Self.headSize], .bfloat16, seed: 5)
        let output = try rotary(.float32)(x)
        #expect(output.dtype == .bfloat16)
        #expect(try output.isEqual(to: rotary(.float32)(x.to(.float32)).to(.bfloat16)))
    }

    @Test("rotary embedding turns element i against i + headSize/2, and gradients back")
    func rotaryFormula() throws {
        let half = Self.headSize / 2
        // float32, as the reference implementation has its angles.
        let angles = Self.positions.flatMap { position in
            (0..<half).map { index in
                let exponent = Float(2 * index) / Float(Self.headSize)
                return Double(Float(position) * (1 / powf(Float(Self.base), exponent)))
            }
        }
        let table = try Tensor(angles, shape: [Self.positions.count, 1, half])
        let (cosine, sine) = (try table.cosine(), try table.sine())
        try expectSame(
            [Tensor.sample([Self.positions.count, 2, Self.headSize], seed: 5)],
            // The layer's cosines are float32.
            tolerance: 1e-6
        ) {
            try rotary()($0[0])
        } _: {
            let first = try $0[0].narrowed(0..<half, dimension: 2)
            let second = try $0[0].narrowed(half..<2 * half, dimension: 2)
            return try Tensor.concatenated(
                [first * cosine - second * sine, second * cosine + first * sine],
                dimension: 2
            )
        }
    }

    @Test("position 0 stays as it is, equal positions turn alike, and scores see only distances")
    func rotaryProperties() throws {
        let row = try Tensor.sample([1, 1, Self.headSize], seed: 6)
        let other = try Tensor.sample([1, 1, Self.headSize], seed: 7)
        let ones = try Tensor.full([Self.positions.count, 1, 1], 1, .float64)
        let turned = try rotary()(row * ones)
        #expect(try turned.narrowed(0..<1).isEqual(to: row))
        // Rows 2 and 4, 3 and 5 have the same positions.
        #expect(try turned.narrowed(2..<4).isEqual(to: turned.narrowed(4..<6)))
        let turnedOther = try rotary()(other * ones)
        func score(_ first: Int, _ second: Int) throws -> Double {
            try (turned.narrowed(first..<first + 1) * turnedOther.narrowed(second..<second + 1))
                .sum().item()
        }
        expectClose(try score(1, 2), try score(2, 3), absolute: 1e-6)
        expectClose(try score(0, 2), try score(1, 3), absolute: 1e-6)
        #expect(try abs(score(0, 1) - score(0, 3)) > 1e-2)
    }

    @Test("rotary embedding of bfloat16 is bfloat16")
    func rotaryBFloat16() throws {
        let x = try Tensor.sample([Self.positions.count, 2, Self.headSize], .bfloat16, seed: 5)
        let output = try rotary(.bfloat16)(x)
        #expect(output.dtype == .bfloat16)
        expectClose(
            try output.doubles(),
            try rotary()(x.to(.float64)).doubles(),
            absolute: Tolerance.bfloat16
        )
    }
}
