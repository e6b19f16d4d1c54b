import TestSupport
import Testing
import Torch

@Suite("FlashAttention")
struct FlashAttentionTests {
    private let scale = 0.3

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

    @Test("shapes that do not fit are errors")
    func errors() throws {
        let query = try Tensor.zeros([1, 2, 3, 4], .float32)
        let wide = try Tensor.zeros([1, 2, 3, 8], .float32)
        let flat = try Tensor.zeros([3, 4], .float32)
        let threeHeads = try Tensor.zeros([1, 3, 3, 4], .float32)
        for key in [wide, flat, threeHeads] {
            #expect(throws: TorchError.self) {
                try FlashAttention.automatic(query, key, key, .full, scale: 1)
            }
        }
        let mask = try Tensor.lowerTriangle(rows: 2, columns: 3)
        #expect(throws: TorchError.self) {
            try FlashAttention.automatic(query, query, query, .mask(mask), scale: 1)
        }
    }
}
