import TestSupport
import Testing

@testable import Torch

/// The numbers are small integers, so that sums are exact in float32 and rounded once: every element
/// has one right value, whatever is cut where.
@Suite("WidenedProduct")
struct WidenedProductTests {
    /// One that is cut into several pieces along rows, columns or depth, and one that is not.
    static let extents = [[3000, 400, 60], [60, 400, 3000], [50, 30_000, 60], [40, 30, 20]]

    /// Whole numbers from -2 to 2, bfloat16.
    private func numbers(_ shape: [Int], seed: Int) throws -> Tensor {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { Float(($0 &* 7919 &+ seed) % 1009 % 5 - 2) }
        return try Tensor(values, shape: shape).to(.bfloat16)
    }

    /// a b, exact, float64.
    private func exact(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try a.to(.float64).matrixProduct(b.to(.float64))
    }

    private func expectEqual(_ a: Tensor?, _ b: Tensor) throws {
        let a = try #require(a)
        #expect(a.dtype == .bfloat16)
        let expected: [Float] = try b.to(.bfloat16).to(.float32).elements()
        #expect(try a.to(.float32).elements() == expected)
    }

    @Test("products, alone, with a bias, and added to a matrix", arguments: extents)
    func values(extents: [Int]) throws {
        let (a, b) = (
            try numbers([extents[0], extents[1]], seed: 1),
            try numbers([extents[1], extents[2]], seed: 2)
        )
        let bias = try numbers([extents[2]], seed: 3)
        let product = try exact(a, b)
        let result = try Tensor.empty(product.shape, .bfloat16)
        try WidenedProduct.write(a, times: b, into: result, adds: false)
        try expectEqual(result, product)
        let biased = try WidenedProduct.linear(a, b.transposed, bias: bias)
        try expectEqual(biased, product + bias.to(.float64))
        let sum = try numbers(product.shape, seed: 4)
        let expected = try product + sum.to(.float64)
        try WidenedProduct.write(a, times: b, into: sum, adds: true)
        try expectEqual(sum, expected)
    }

    @Test("gradients, of all inputs and of some", arguments: extents)
    func gradients(extents: [Int]) throws {
        let (rows, inputs, outputs) = (extents[0], extents[1], extents[2])
        let outer = try numbers([rows, outputs], seed: 5)
        for needs in [[true, true, true], [true, false, false], [false, true, false]] {
            let x = try numbers([rows, inputs], seed: 6)
            let weight = try numbers([outputs, inputs], seed: 7)
            let bias = try numbers([outputs], seed: 8)
            for (input, needs) in zip([x, weight, bias], needs) {
                try input.setRequiresGradient(needs)
            }
            let y = try WidenedProduct.linear(x, weight, bias: bias)
            try expectEqual(
                y.detached(),
                exact(x.detached(), weight.detached().transposed) + bias.detached().to(.float64)
            )
            try (y * outer).sum().backward()
            let expected = [
                try exact(outer, weight.detached()),
                try exact(outer.transposed, x.detached()),
                try outer.to(.float64).sum(dimensions: [0]),
            ]
            for ((input, expected), needs) in zip(zip([x, weight, bias], expected), needs) {
                if needs { try expectEqual(input.gradient, expected) }
                #expect((input.gradient == nil) == !needs)
            }
        }
    }

    @Test("it is for bfloat16 on the CPU, from a size on that depends on the processor")
    func choice() throws {
        let large = try Tensor.zeros([256, 256], .bfloat16)
        #expect(WidenedProduct.pays(large, large) == TorchRuntime.widensBFloat16)
        #expect(try !WidenedProduct.pays(large, Tensor.zeros([256, 7], .bfloat16)))
        #expect(try !WidenedProduct.pays(large, Tensor.zeros([256], .bfloat16)))
        let float = try Tensor.zeros([256, 256], .float32)
        #expect(!WidenedProduct.pays(float, float))
    }

    @Test("matrices and biases that do not fit are errors, as without it")
    func misfits() throws {
        let a = try Tensor.zeros([256, 300], .bfloat16)
        let square = try Tensor.zeros([256, 256], .bfloat16)
        let long = try Tensor.zeros([512, 256], .bfloat16)
        #expect(throws: TorchError.self) { try a.matrixProduct(square) }
        #expect(throws: TorchError.self) { try square.matrixProduct(long) }
        #expect(throws: TorchError.self) { try a.linear(square) }
        let bias = try Tensor.zeros([300], .bfloat16)
        #expect(throws: TorchError.self) { try square.linear(square, bias: bias) }
        #expect(throws: TorchError.self) { try long.addMatrixProductInPlace(square, square) }
        let float = try Tensor.zeros([256, 256], .float32)
        #expect(throws: TorchError.self) { try float.addMatrixProductInPlace(square, square) }
        #expect(throws: TorchError.self) { try square.matrixProduct(float) }
    }

    @Test("products of many matrices are those of each")
    func many() throws {
        let (a, b) = (try numbers([2, 150, 140], seed: 1), try numbers([2, 140, 130], seed: 2))
        try expectEqual(a.matrixProduct(b), exact(a, b))
    }
}
