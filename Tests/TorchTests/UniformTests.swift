import Testing
import Torch

@Suite struct UniformTests {
    @Test("uniform numbers follow from their seed alone, and lie from 0 to below 1")
    func seeded() throws {
        let first = try Tensor.uniform([50, 20], seed: 7)
        #expect(first.dtype == .float32)
        _ = try Tensor.uniform([3], seed: 8)
        #expect(try Tensor.uniform([50, 20], seed: 7).isEqual(to: first))
        #expect(try !Tensor.uniform([50, 20], seed: 8).isEqual(to: first))
        let numbers = try first.elements(as: Float.self)
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        // The mean of 1000 has a standard deviation of 1/√12000 ≈ 0.009.
        #expect(abs(numbers.reduce(0, +) / 1000 - 0.5) < 0.04)
    }
}
