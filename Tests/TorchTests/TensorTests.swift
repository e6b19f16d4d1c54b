import Testing
import Torch

@Suite("Tensor")
struct TensorTests {
    @Test("a tensor tells its shape, dtype, device and size", arguments: devices)
    func properties(device: Device) throws {
        let tensor = try Tensor.zeros([2, 3], .bfloat16, on: device)
        #expect(tensor.shape == [2, 3])
        #expect(tensor.count == 6)
        #expect(tensor.dtype == .bfloat16)
        #expect(tensor.device == device)
        #expect(tensor.byteCount == 12)
        #expect(tensor.isContiguous)
        #expect("\(tensor)" == "Tensor(bfloat16[2, 3], \(device))")
    }

    @Test("a scalar has no dimensions and one element")
    func scalar() throws {
        let scalar = try Tensor([2.5], shape: [])
        #expect(scalar.shape == [])
        #expect(scalar.count == 1)
        #expect(try scalar.item() == 2.5)
    }

    @Test("every dtype says how many bytes an element takes", arguments: DType.allCases)
    func byteCounts(dtype: DType) throws {
        let tensor = try Tensor.empty([3], dtype)
        #expect(tensor.dtype == dtype)
        var bytes = 0
        try tensor.withBytes { bytes = $0.count }
        #expect(bytes == 3 * dtype.byteCount)
        let floats: [DType] = [.float32, .float64, .float16, .bfloat16]
        #expect(dtype.isFloatingPoint == floats.contains(dtype))
    }

    @Test("elements go in and come out in row-major order", arguments: devices)
    func roundTrip(device: Device) throws {
        let floats = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3], on: device)
        #expect(try floats.elements() == [1, 2, 3, 4, 5, 6] as [Float])
        let transposed = try floats.transposed
        #expect(transposed.shape == [3, 2])
        #expect(!transposed.isContiguous)
        #expect(try transposed.elements() == [1, 4, 2, 5, 3, 6] as [Float])
        #expect(try Tensor([1, -2], on: device).elements() == [1, -2])
        #expect(try Tensor([7] as [Int32], on: device).elements() == [7] as [Int32])
        #expect(try Tensor([true, false], on: device).elements() == [true, false])
    }

    @Test("tensors without elements are tensors")
    func empty() throws {
        let none = try Tensor([] as [Float], shape: [0, 3])
        #expect(none.count == 0)
        #expect(try none.elements(as: Float.self) == [])
        #expect(try none.sum().item() == 0)
        let bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(try Tensor.copying(bytes, shape: [0], .int64).shape == [0])
    }

    @Test("full, zeros and fill set every element", arguments: devices)
    func filling(device: Device) throws {
        let tensor = try Tensor.full([2], 1.5, .float32, on: device)
        #expect(try tensor.elements() == [1.5, 1.5] as [Float])
        try tensor.fillInPlace(-2)
        #expect(try tensor.elements() == [-2, -2] as [Float])
        #expect(try Tensor.zeros([2], .int64, on: device).elements() == [0, 0])
    }

    @Test("views share storage and clones do not")
    func sharing() throws {
        let tensor = try Tensor([1, 2, 3] as [Float])
        let (view, clone) = (try tensor.narrowed(0..<2), try tensor.cloned())
        try tensor.fillInPlace(0)
        #expect(try view.elements() == [0, 0] as [Float])
        #expect(try clone.elements() == [1, 2, 3] as [Float])
    }

    @Test("copying in place broadcasts and converts", arguments: devices)
    func copyInPlace(device: Device) throws {
        let tensor = try Tensor.zeros([2, 2], .float32, on: device)
        try tensor.copyInPlace(Tensor([1, 2] as [Int]))
        #expect(try tensor.elements() == [1, 2, 1, 2] as [Float])
    }

    @Test("contiguous gives row-major order without gaps")
    func contiguous() throws {
        let transposed = try Tensor([1, 2, 3, 4], shape: [2, 2]).transposed
        let contiguous = try transposed.contiguous()
        #expect(contiguous.isContiguous)
        var bytes: [Int] = []
        try contiguous.withBytes { bytes = Array($0.bindMemory(to: Int.self)) }
        #expect(bytes == [1, 3, 2, 4])
    }

    @Test("equality needs the same shape, dtype and elements")
    func equality() throws {
        let tensor = try Tensor([1, 2] as [Float])
        #expect(try tensor.isEqual(to: Tensor([1, 2] as [Float])))
        #expect(try !tensor.isEqual(to: Tensor([1, 3] as [Float])))
        #expect(try !tensor.isEqual(to: Tensor([1, 2] as [Float], shape: [2, 1])))
        #expect(try !tensor.isEqual(to: Tensor([1, 2] as [Double])))
        let nan = try Tensor([Float.nan])
        #expect(try !nan.isEqual(to: nan))
    }

    @Test("float32 is rounded to the nearest bfloat16, ties to even", arguments: devices)
    func rounding(device: Device) throws {
        // bfloat16 has 7 bits behind the point: steps of 2⁻⁷ above 1. With u = 2⁻⁸, half a step:
        // 1 + u lies between 1 (even) and 1 + 2u; 1 + 3u between 1 + 2u (odd) and 1 + 4u (even);
        // 1 + u + u/16 is nearer to 1 + 2u.
        let u: Float = 1.0 / 256
        let exact: [Float] = [1 + u, 1 + 3 * u, 1 + u + u / 16, -1 - 3 * u, 3e38]
        let nearest: [Float] = [1, 1 + 4 * u, 1 + 2 * u, -1 - 4 * u]
        let rounded = try Tensor(exact, on: device).to(.bfloat16)
        #expect(rounded.dtype == .bfloat16)
        let elements = try rounded.to(.float32).elements(as: Float.self)
        #expect(Array(elements.prefix(4)) == nearest)
        // 3e38 is in range, since bfloat16 has float32's exponents.
        #expect(elements[4].isFinite)
    }

    @Test("converting to the same dtype and device gives the same elements, not a copy")
    func noConversion() throws {
        let tensor = try Tensor([1] as [Float])
        let same = try tensor.to(.float32, on: .cpu)
        try tensor.fillInPlace(4)
        #expect(try same.item() == 4)
    }

    @Test("several tensors are read at once, each with its own elements", arguments: devices)
    func severalElements(device: Device) throws {
        let tensors = [
            try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2], on: device).transposed,
            try Tensor([] as [Float], on: device),
            try Tensor([5] as [Float], on: device),
        ]
        try tensors[2].setRequiresGradient(true)
        #expect(try tensors.elements() == [[1, 3, 2, 4], [], [5]])
        #expect(try [Tensor]().elements() == [])
        let mixed = [tensors[0], try Tensor([1] as [Int], on: device)]
        #expect(throws: TorchError.self) { try mixed.elements() }
    }
}
