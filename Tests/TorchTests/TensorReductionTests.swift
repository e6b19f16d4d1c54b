import TestSupport
import Testing
import Torch

@Suite("Tensor, over dimensions")
struct TensorReductionTests {
    @Test("sums and means go over the named dimensions, or all", arguments: devices)
    func sumAndMean(device: Device) throws {
        // 1 2 3
        // 4 5 6
        let a = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3], on: device)
        #expect(try a.sum().item() == 21)
        #expect(try a.sum().shape == [])
        #expect(try a.sum(dimensions: [0]).elements() == [5, 7, 9] as [Float])
        #expect(try a.sum(dimensions: [-1]).elements() == [6, 15] as [Float])
        #expect(try a.sum(dimensions: [1], keepingDimensions: true).shape == [2, 1])
        #expect(try a.sum(dimensions: [0, 1]).item() == 21)
        #expect(try a.mean().item() == 3.5)
        #expect(try a.mean(dimensions: [1]).elements() == [2, 5] as [Float])
        #expect(try a.mean(dimensions: [0], keepingDimensions: true).shape == [1, 3])
    }

    @Test("sums of integers and booleans are exact integers")
    func integers() throws {
        let flags = try Tensor([true, false, true]).sum()
        #expect(flags.dtype == .int64)
        #expect(try flags.elements() == [2])
        #expect(try Tensor([1 << 40, 1]).sum().elements() == [1 << 40 + 1])
    }

    @Test("the place of the maximum is the first of several")
    func maximum() throws {
        let a = try Tensor([3, 7, 7, 9, 0, 9] as [Float], shape: [2, 3])
        let places = try a.indexOfMaximum(dimension: 1)
        #expect(places.dtype == .int64)
        #expect(try places.elements() == [1, 0])
        #expect(try a.indexOfMaximum(dimension: 0).elements() == [1, 0, 1])
    }

    @Test("the log of summed exponentials does not overflow", arguments: devices)
    func logSumExponential(device: Device) throws {
        // log(e¹⁰⁰⁰ + e¹⁰⁰⁰) = 1000 + ln 2; log(e⁰ + e^−∞) = 0.
        let a = try Tensor([1000, 1000, 0, -.infinity] as [Float], shape: [2, 2], on: device)
        expectClose(
            try a.logSumExponential(dimension: 1).elements(as: Float.self),
            [1000.693_147_18, 0],
            absolute: 1e-7,
            relative: Tolerance.float32
        )
        #expect(try a.logSumExponential(dimension: 0, keepingDimension: true).shape == [1, 2])
    }

    @Test("softmax is over the named dimension and does not overflow", arguments: devices)
    func softmax(device: Device) throws {
        // e^ln 3 : e⁰ = 3 : 1; two equal numbers share alike.
        let a = try Tensor(
            [1.098_612_3, 0, 1000, 1000] as [Float],
            shape: [2, 2],
            on: device
        )
        expectClose(
            try a.softmax(dimension: 1).elements(as: Float.self),
            [0.75, 0.25, 0.5, 0.5],
            relative: Tolerance.float32
        )
    }

    @Test("layer normalisation takes mean and variance over the last dimension", arguments: devices)
    func layerNorm(device: Device) throws {
        // Mean 3, variance 4: (x − 3) / √(4 + 5) = −2/3 and 2/3; then · (3, 6) + (1, 2).
        let output = try Tensor([1, 5] as [Float], shape: [1, 2], on: device).layerNormalized(
            weight: Tensor([3, 6] as [Float], on: device),
            bias: Tensor([1, 2] as [Float], on: device),
            epsilon: 5
        )
        expectClose(
            try output.elements(as: Float.self),
            [-1, 6],
            relative: Tolerance.float32
        )
    }

    @Test("the norm is Euclidean", arguments: devices)
    func norm(device: Device) throws {
        let a = try Tensor([3, 4, 0, -5] as [Float], shape: [2, 2], on: device)
        #expect(try a.norm(dimension: 1).elements() == [5, 5] as [Float])
        #expect(try a.norm(dimension: -1, keepingDimension: true).shape == [2, 1])
    }

    @Test("the norm of 16-bit elements is a float32", arguments: [DType.bfloat16, .float16])
    func shortNorm(dtype: DType) throws {
        // A sum of ones in bfloat16 stops at 256; √1000 = 31.6227766, in bfloat16 31.625.
        let norm = try Tensor.full([1000], 1, dtype).norm(dimension: 0)
        #expect(norm.dtype == .float32)
        expectClose(try norm.item(), 31.622_776_601_7, relative: Tolerance.float32)
    }

    @Test("the total norm is the norm of all elements of all tensors", arguments: devices)
    func totalNorm(device: Device) throws {
        // √(1 + 4 + 4 + 16) = 5
        let tensors = [
            try Tensor([1, -2] as [Float], on: device),
            try Tensor([2, 4] as [Float], shape: [2, 1], on: device),
        ]
        #expect(try tensors.totalNorm().item() == 5)
        #expect(try tensors.totalNorm().shape == [])
        #expect(try ([] as [Tensor]).totalNorm().item() == 0)
    }

    @Test("the total norm of 16-bit tensors is a float32")
    func shortTotalNorm() throws {
        let tensors = [try Tensor.full([600], 1, .bfloat16), try Tensor.full([400], 1, .bfloat16)]
        let norm = try tensors.totalNorm()
        #expect(norm.dtype == .float32)
        expectClose(try norm.item(), 31.622_776_601_7, relative: Tolerance.float32)
    }

    @Test("a list of tensors is scaled in place", arguments: devices)
    func scaleList(device: Device) throws {
        let tensors = [
            try Tensor([1, -2] as [Float], on: device),
            try Tensor([3] as [Float], shape: [1, 1], on: device),
        ]
        try tensors.multiplyInPlace(Tensor([0.5] as [Float], shape: [], on: device))
        #expect(try tensors[0].elements() == [0.5, -1] as [Float])
        #expect(try tensors[1].elements() == [1.5] as [Float])
        try ([] as [Tensor]).multiplyInPlace(Tensor([2] as [Float], shape: []))
    }

    @Test("recorded reductions differentiate like finite differences")
    func gradients() throws {
        try expectGradients(at: [Tensor([0.5, -1, 2, 3, 1, -2], shape: [2, 3])]) { inputs in
            let a = inputs[0]
            let rows = try a.logSumExponential(dimension: 1) * a.norm(dimension: 1)
            return try (rows + a.mean(dimensions: [1]).squared()).sum()
        }
    }
}
