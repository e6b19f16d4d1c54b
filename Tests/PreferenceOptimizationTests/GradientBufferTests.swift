import TestSupport
import Testing
import Torch

@testable import LanguageModels
@testable import PreferenceOptimization

@Suite struct GradientBufferTests {
    /// A parameter of ones with two elements.
    private func parameter(_ dtype: DType) throws -> Parameter {
        let master = try Tensor.full([2], 1, .float32)
        let value = dtype == .float32 ? master : try master.to(dtype)
        try value.setRequiresGradient(true)
        return Parameter(name: "weight", master: master, value: value)
    }

    @Test(
        "micro-batches too small for 16 bits add up in float32",
        arguments: [
            DType.bfloat16, .float32,
        ]
    )
    func smallShares(dtype: DType) throws {
        let parameter = try parameter(dtype)
        let buffer = try GradientBuffer([parameter])
        // 1 and 256 times 2⁻⁹: to bfloat16, 1 + 2⁻⁹ is 1.
        for share in [1] + [Double](repeating: 0x1p-9, count: 256) {
            try (parameter.value * share).sum().backward()
            try buffer.collect()
        }
        let gradient = try #require(try buffer.gradients().first)
        #expect(gradient.dtype == .float32)
        #expect(try gradient.doubles() == [1.5, 1.5])
    }

    @Test("gradients of 16-bit weights are taken out of the layers as the backward has them")
    func takesOver() throws {
        let parameter = try parameter(.bfloat16)
        let buffer = try GradientBuffer([parameter])
        try (parameter.value * 3).sum().backward()
        #expect(parameter.value.gradient == nil)
        // What was added without the backward's own way is taken when all is collected.
        _ = try parameter.value.addingToGradient { (sum) throws(TorchError) in
            try sum.fillInPlace(1)
        }
        #expect(parameter.value.gradient != nil)
        try buffer.collect()
        #expect(parameter.value.gradient == nil)
        // A micro-batch without a gradient for this weight adds nothing.
        try buffer.collect()
        #expect(try buffer.gradients()[0].doubles() == [4, 4])
    }

    @Test(
        "a weight that nothing flowed to has a gradient of zeros",
        arguments: [
            DType.bfloat16, .float32,
        ]
    )
    func zeros(dtype: DType) throws {
        let parameters = [try parameter(dtype), try parameter(dtype)]
        let buffer = try GradientBuffer(parameters)
        try (parameters[1].value * 2).sum().backward()
        try buffer.collect()
        let gradients = try buffer.gradients()
        #expect(try gradients.map { try $0.doubles() } == [[0, 0], [2, 2]])
        #expect(gradients.allSatisfy { $0.dtype == .float32 && $0.shape == [2] })
    }

    @Test(
        "after clearing, the next step begins at zero",
        arguments: [
            DType.bfloat16, .float32,
        ]
    )
    func clear(dtype: DType) throws {
        let parameter = try parameter(dtype)
        let buffer = try GradientBuffer([parameter])
        for _ in 0..<2 {
            try (parameter.value * 2).sum().backward()
            try buffer.collect()
            #expect(try buffer.gradients()[0].doubles() == [2, 2])
            try buffer.clear()
            #expect(try buffer.gradients()[0].doubles() == [0, 0])
            #expect(parameter.value.gradient == nil)
        }
    }
}
