import TestSupport
import Testing
import Torch

@Suite("FlashAttention")
struct FlashAttentionTests {
    private let scale = 0.3

    @Test("the CPU kernel gives the plain formula's output", arguments: AttentionCase.all)
    func output(problem: AttentionCase) throws {
        let inputs = try problem.inputs()
        let plain = try problem.plain(inputs[0], inputs[1], inputs[2], scale: scale)
        let flash = try FlashAttention.cpu(
            inputs[0],
            inputs[1],
            inputs[2],
            problem.kernelVisibility(),
            scale: scale
        )
        #expect(flash.output.shape == plain.output.shape)
        #expect(flash.logSumExponential.shape == [problem.batch, problem.heads, problem.rows])
        expectClose(
            try flash.output.elements(as: Double.self),
            try plain.output.elements(as: Double.self),
            absolute: Tolerance.float64
        )
        expectClose(
            try flash.logSumExponential.to(.float64).elements(as: Double.self),
            try plain.logSumExponential.elements(as: Double.self),
            absolute: Tolerance.float64
        )
    }

    @Test("the CPU kernel's gradients are those of the plain formula", arguments: AttentionCase.all)
    func gradients(problem: AttentionCase) throws {
        let inputs = try problem.inputs()
        let leaves = try inputs.prefix(3).map { try $0.cloned() }
        for leaf in leaves { try leaf.setRequiresGradient(true) }
        let plain = try problem.plain(leaves[0], leaves[1], leaves[2], scale: scale)
        try (plain.output * inputs[3]).sum().backward()

        let visibility = try problem.kernelVisibility()
        let flash = try FlashAttention.cpu(
            inputs[0],
            inputs[1],
            inputs[2],
            visibility,
            scale: scale
        )
        let gradients = try FlashAttention.cpuGradient(
            inputs[3],
            inputs[0],
            inputs[1],
            inputs[2],
            output: flash.output,
            logSumExponential: flash.logSumExponential,
            visibility,
            scale: scale
        )
        for (gradient, leaf) in zip([gradients.query, gradients.key, gradients.value], leaves) {
            #expect(gradient.shape == leaf.shape)
            expectClose(
                try gradient.elements(as: Double.self),
                try #require(leaf.gradient).elements(as: Double.self),
                absolute: Tolerance.float64
            )
        }
    }

    @Test("libtorch's choice of kernel gives the same", arguments: AttentionCase.all, devices)
    func automatic(problem: AttentionCase, device: Device) throws {
        let inputs = try problem.inputs()
        let plain = try problem.plain(inputs[0], inputs[1], inputs[2], scale: scale)
        let there = try inputs.map { try $0.to(.float32).to(on: device) }
        var visibility = try problem.kernelVisibility()
        if case .mask(let mask) = visibility { visibility = .mask(try mask.to(on: device)) }
        let output = try FlashAttention.automatic(
            there[0],
            there[1],
            there[2],
            visibility,
            scale: scale
        )
        expectClose(
            try output.elements(as: Float.self),
            try plain.output.elements(as: Double.self),
            absolute: 1e-5
        )
    }

    @Test("the kernel reads transposed heads: [sequence, head] in memory")
    func strides() throws {
        let problem = AttentionCase(name: "strided", rows: 4, keys: 4, visibility: .causal)
        let inputs = try problem.inputs()
        let strided = try inputs.map { try $0.transposed(1, 2).contiguous().transposed(1, 2) }
        #expect(!strided[0].isContiguous)
        let (a, b) = (
            try FlashAttention.cpu(inputs[0], inputs[1], inputs[2], .causal, scale: scale),
            try FlashAttention.cpu(strided[0], strided[1], strided[2], .causal, scale: scale)
        )
        expectClose(
            try b.output.elements(as: Double.self),
            try a.output.elements(as: Double.self),
            absolute: Tolerance.float64
        )
        let (c, d) = (
            try FlashAttention.cpuGradient(
                inputs[3],
                inputs[0],
                inputs[1],
                inputs[2],
                output: a.output,
                logSumExponential: a.logSumExponential,
                .causal,
                scale: scale
            ),
            try FlashAttention.cpuGradient(
                strided[3],
                strided[0],
                strided[1],
                strided[2],
                output: b.output,
                logSumExponential: b.logSumExponential,
                .causal,
                scale: scale
            )
        )
        for (strided, plain) in [(d.query, c.query), (d.key, c.key), (d.value, c.value)] {
            expectClose(
                try strided.elements(as: Double.self),
                try plain.elements(as: Double.self),
                absolute: Tolerance.float64
            )
        }
    }

    @Test("bfloat16 comes out as bfloat16, near the plain formula", arguments: AttentionCase.all)
    func bfloat16(problem: AttentionCase) throws {
        // What goes in is rounded first, so that the plain formula sees the same numbers. 2⁻⁸ is
        // the rounding of numbers around 1; weights and outputs are rounded.
        let short = try problem.inputs().map { try $0.to(.bfloat16) }
        let long = try short.map { try $0.to(.float64) }
        let plain = try problem.plain(long[0], long[1], long[2], scale: scale)
        let visibility = try problem.kernelVisibility()
        let flash = try FlashAttention.cpu(short[0], short[1], short[2], visibility, scale: scale)
        #expect(flash.output.dtype == .bfloat16)
        #expect(flash.logSumExponential.dtype == .float32)
        expectClose(
            try flash.output.to(.float64).elements(as: Double.self),
            try plain.output.elements(as: Double.self),
            absolute: 1.0 / 128
        )
    }

    @Test("shapes that do not fit are errors")
    func errors() throws {
        let query = try Tensor.zeros([1, 2, 3, 4], .float32)
        let wide = try Tensor.zeros([1, 2, 3, 8], .float32)
        let flat = try Tensor.zeros([3, 4], .float32)
        let threeHeads = try Tensor.zeros([1, 3, 3, 4], .float32)
        for key in [wide, flat, threeHeads] {
            #expect(throws: TorchError.self) {
                try FlashAttention.cpu(query, key, key, .full, scale: 1)
            }
        }
        let mask = try Tensor.lowerTriangle(rows: 2, columns: 3)
        #expect(throws: TorchError.self) {
            try FlashAttention.cpu(query, query, query, .mask(mask), scale: 1)
        }
    }
}
