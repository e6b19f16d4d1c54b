import Foundation
import TestSupport
import Testing
import Torch

@Suite("Tensor, element by element")
struct TensorPointwiseTests {
    @Test("arithmetic with tensors is done element by element", arguments: devices)
    func tensors(device: Device) throws {
        let a = try Tensor([1, -2, 6] as [Float], on: device)
        let b = try Tensor([4, 5, -3] as [Float], on: device)
        #expect(try (a + b).elements() == [5, 3, 3] as [Float])
        #expect(try (a - b).elements() == [-3, -7, 9] as [Float])
        #expect(try (a * b).elements() == [4, -10, -18] as [Float])
        #expect(try (a / b).elements() == [0.25, -0.4, -2] as [Float])
        #expect(try (-a).elements() == [-1, 2, -6] as [Float])
    }

    @Test("arithmetic with numbers is done on every element", arguments: devices)
    func numbers(device: Device) throws {
        let a = try Tensor([1, -2, 6] as [Float], on: device)
        #expect(try (a + 0.5).elements() == [1.5, -1.5, 6.5] as [Float])
        #expect(try (a - 0.5).elements() == [0.5, -2.5, 5.5] as [Float])
        #expect(try (a * -2).elements() == [-2, 4, -12] as [Float])
        #expect(try (a / 4).elements() == [0.25, -0.5, 1.5] as [Float])
    }

    @Test("dividing by a number rounds once")
    func division() throws {
        // 49 · (1 / 49) rounds to 1 − 2⁻⁵³, 49 / 49 is 1.
        #expect(try (Tensor([49.0]) / 49).elements() == [1.0])
        // 1 / 2⁻¹⁰⁷⁴ is infinite, the quotient is not.
        let least = Double.leastNonzeroMagnitude
        #expect(try (Tensor([least]) / least).elements() == [1.0])
    }

    @Test("shapes are broadcast", arguments: devices)
    func broadcast(device: Device) throws {
        let rows = try Tensor([1, 2] as [Float], shape: [2, 1], on: device)
        let columns = try Tensor([10, 20, 30] as [Float], on: device)
        let sum = try rows + columns
        #expect(sum.shape == [2, 3])
        #expect(try sum.elements() == [11, 21, 31, 12, 22, 32] as [Float])
    }

    @Test("functions of one element", arguments: devices)
    func functions(device: Device) throws {
        let numbers: [Float] = [0.5, 1, 2]
        let x = try Tensor(numbers, on: device)
        func expect(
            _ tensor: Tensor,
            sourceLocation: SourceLocation = #_sourceLocation,
            _ function: (Double) -> Double
        ) throws {
            expectClose(
                try tensor.elements(as: Float.self),
                numbers.map { function(Double($0)) },
                relative: Tolerance.float32,
                sourceLocation: sourceLocation
            )
        }
        try expect(x.exponential()) { exp($0) }
        try expect(x.cosine()) { cos($0) }
        try expect(x.sine()) { sin($0) }
        try expect(x.squareRoot()) { $0.squareRoot() }
        try expect(x.reciprocalSquareRoot()) { 1 / $0.squareRoot() }
        try expect(x.silu()) { $0 / (1 + exp(-$0)) }
        try expect(x.hyperbolicTangent()) { tanh($0) }
        // Φ(x) = ½ (1 + erf(x / √2)).
        try expect(x.gelu(withTanh: false)) { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
        try expect(x.gelu(withTanh: true)) {
            $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044_715 * $0 * $0 * $0)))
        }
    }

    @Test("comparisons give booleans", arguments: devices)
    func comparisons(device: Device) throws {
        let a = try Tensor([1, 2, 3], on: device)
        let b = try Tensor([2, 2, 2], on: device)
        #expect(try a.isGreater(than: b).elements() == [false, false, true])
        #expect(try a.isElementwiseEqual(to: b).elements() == [false, true, false])
    }

    @Test("in-place arithmetic changes the tensor", arguments: devices)
    func inPlace(device: Device) throws {
        let a = try Tensor([1, 2] as [Float], on: device)
        let b = try Tensor([3, -4] as [Float], on: device)
        try a.addInPlace(b)  // 4, −2
        #expect(try a.elements() == [4, -2] as [Float])
        try a.addInPlace(b, scale: -2)  // 4 − 6, −2 + 8
        #expect(try a.elements() == [-2, 6] as [Float])
        try a.multiplyInPlace(b)  // −6, −24
        #expect(try a.elements() == [-6, -24] as [Float])
        try a.multiplyInPlace(0.5)  // −3, −12
        #expect(try a.elements() == [-3, -12] as [Float])
        try a.addProductInPlace(b, b, scale: 2)  // −3 + 2 · 9, −12 + 2 · 16
        #expect(try a.elements() == [15, 20] as [Float])
        try a.fillInPlace(0)
        try a.exponentiateInPlace()
        #expect(try a.elements() == [1, 1] as [Float])
    }

    @Test("bfloat16 stays bfloat16", arguments: devices)
    func bfloat16(device: Device) throws {
        let a = try Tensor.full([2], 1.5, .bfloat16, on: device)
        let results = try [a + a, a * 3, a.silu(), a.exponential(), a / 2]
        #expect(results.allSatisfy { $0.dtype == .bfloat16 })
    }

    @Test("the gradient of silu is the derivative of x σ(x)")
    func siluGradient() throws {
        // σ(x) + x σ(x)(1 − σ(x)) at 0 is ½; times a gradient of 3.
        let zero = try Tensor([0.0])
        #expect(try zero.siluGradient(Tensor([3.0])).elements() == [1.5])
        try expectGradients(at: [Tensor([-2, 0.3, 4])]) { try $0[0].silu().sum() }
        let x = try Tensor([-2, 0.3, 4])
        try x.setRequiresGradient(true)
        try x.silu().sum().backward()
        let ones = try Tensor([1.0, 1, 1])
        expectClose(
            try x.detached().siluGradient(ones).elements(as: Double.self),
            try #require(x.gradient).elements(as: Double.self),
            relative: Tolerance.float64
        )
    }

    @Test("the gradient of gelu is the derivative of x Φ(x)", arguments: [true, false])
    func geluGradient(withTanh: Bool) throws {
        // Φ(x) + x φ(x) at 0 is ½; times a gradient of 3.
        let zero = try Tensor([0.0])
        #expect(
            try zero.geluGradient(Tensor([3.0]), withTanh: withTanh).elements() == [1.5]
        )
        let x = try Tensor([-2, 0.3, 4])
        try x.setRequiresGradient(true)
        try x.gelu(withTanh: withTanh).sum().backward()
        expectClose(
            try x.detached().geluGradient(Tensor([1.0, 1, 1]), withTanh: withTanh)
                .elements(as: Double.self),
            try #require(x.gradient).elements(as: Double.self),
            relative: Tolerance.float64
        )
    }

    @Test("elements where a mask is true are replaced in a copy", arguments: devices)
    func filled(device: Device) throws {
        let x = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2], on: device)
        // One row of a mask for both.
        let mask = try Tensor([true, false], on: device)
        #expect(try x.filled(where: mask, with: -9).elements() == [-9, 2, -9, 4] as [Float])
        #expect(try x.elements() == [1, 2, 3, 4] as [Float])
    }

    @Test("recorded functions differentiate like finite differences")
    func gradients() throws {
        let inputs = [try Tensor([0.5, 1.5, 2]), try Tensor([1.0, -2, 0.25])]
        try expectGradients(at: inputs) { inputs in
            let (a, b) = (inputs[0], inputs[1])
            let first = try (a * b - a / 3).exponential() + a.reciprocalSquareRoot() * b.cosine()
            let second = try b.sine() / (b.hyperbolicTangent() + 2)
            return try (first + second - (-a)).sum()
        }
    }
}
