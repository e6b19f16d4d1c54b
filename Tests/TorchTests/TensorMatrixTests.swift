import TestSupport
import Testing
import Torch

@Suite("Tensor, matrix products")
struct TensorMatrixTests {
    // a = 1 2   b = 5 6   a b = 19 22
    //     3 4       7 8         43 50
    @Test("a matrix product", arguments: devices)
    func matrixProduct(device: Device) throws {
        let a = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2], on: device)
        let b = try Tensor([5, 6, 7, 8] as [Float], shape: [2, 2], on: device)
        #expect(try a.matrixProduct(b).elements() == [19, 22, 43, 50] as [Float])
        let sum = try Tensor.full([2, 2], 1, .float32, on: device)
        try sum.addMatrixProductInPlace(a, b)
        #expect(try sum.elements() == [20, 23, 44, 51] as [Float])
    }

    @Test("a linear layer multiplies with the transposed weight and adds the bias")
    func linear() throws {
        // weight [2 outputs, 3 inputs]; x wᵀ = [1·1 + 2·0 + 3·1, 1·0 + 2·1 + 3·−1]
        let x = try Tensor([1, 2, 3] as [Float], shape: [1, 1, 3])
        let weight = try Tensor([1, 0, 1, 0, 1, -1] as [Float], shape: [2, 3])
        let y = try x.linear(weight)
        #expect(y.shape == [1, 1, 2])
        #expect(try y.elements() == [4, -1] as [Float])
        let biased = try x.linear(weight, bias: Tensor([10, 20] as [Float]))
        #expect(try biased.elements() == [14, 19] as [Float])
    }

    @Test("matrix products differentiate like finite differences")
    func gradients() throws {
        let inputs = [
            try Tensor([1.0, -2, 0.5, 3, 1, 2], shape: [2, 3]),
            try Tensor([0.5, 1, -1, 2, 0, 3], shape: [2, 3]),
            try Tensor([0.1, -0.2]),
        ]
        try expectGradients(at: inputs) { inputs in
            let linear = try inputs[0].linear(inputs[1], bias: inputs[2])
            return try linear.matrixProduct(inputs[0]).squared().sum()
        }
    }
}
