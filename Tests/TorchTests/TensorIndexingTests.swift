import TestSupport
import Testing
import Torch

@Suite("Tensor, shapes and places")
struct TensorIndexingTests {
    // 0 1 2
    // 3 4 5
    private func matrix(on device: Device = .cpu) throws -> Tensor {
        try Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [2, 3], on: device)
    }

    @Test("reshaping keeps the order and derives one length")
    func reshaped() throws {
        let a = try matrix()
        #expect(try a.reshaped([3, -1]).shape == [3, 2])
        #expect(try a.reshaped([6]).elements() == [0, 1, 2, 3, 4, 5] as [Float])
        #expect(try a.transposed.reshaped([-1]).elements() == [0, 3, 1, 4, 2, 5] as [Float])
    }

    @Test("narrowing gives the range", arguments: devices)
    func narrowed(device: Device) throws {
        let a = try matrix(on: device)
        #expect(try a.narrowed(1..<2).elements() == [3, 4, 5] as [Float])
        #expect(try a.narrowed(1..<3, dimension: 1).elements() == [1, 2, 4, 5] as [Float])
        #expect(try a.narrowed(1..<1).shape == [0, 3])
    }

    @Test("concatenation, and dimensions put in and taken out", arguments: devices)
    func shapes(device: Device) throws {
        let a = try matrix(on: device)
        #expect(try Tensor.concatenated([a, a]).shape == [4, 3])
        let wide = try Tensor.concatenated([a, a.narrowed(0..<1, dimension: 1)], dimension: 1)
        #expect(try wide.elements() == [0, 1, 2, 0, 3, 4, 5, 3] as [Float])
        #expect(try a.expanded(at: 1).shape == [2, 1, 3])
        #expect(try a.expanded(at: -1).shape == [2, 3, 1])
        #expect(try a.expanded(at: 0).squeezed(0).shape == [2, 3])
        #expect(try a.squeezed(0).shape == [2, 3])
        #expect(try a.expanded(at: 0).transposed(0, 2).shape == [3, 2, 1])
    }

    @Test("slices and elements are taken by their places", arguments: devices)
    func taking(device: Device) throws {
        let a = try matrix(on: device)
        let rows = try a.selected(Tensor([1, 0, 1], on: device))
        #expect(try rows.elements() == [3, 4, 5, 0, 1, 2, 3, 4, 5] as [Float])
        let columns = try a.selected(Tensor([2] as [Int32], on: device), dimension: 1)
        #expect(try columns.elements() == [2, 5] as [Float])
        // Row 0 at column 2, row 1 at column 1.
        let places = try Tensor([2, 1], shape: [2, 1], on: device)
        #expect(try a.gathered(at: places, dimension: 1).elements() == [2, 4] as [Float])
    }

    @Test("slices and elements are added at their places, several times too", arguments: devices)
    func adding(device: Device) throws {
        let a = try Tensor.zeros([2, 3], .float32, on: device)
        try a.addInPlace(matrix(on: device), at: Tensor([1, 1], on: device))
        #expect(try a.elements() == [0, 0, 0, 3, 5, 7] as [Float])
        // Row 0 gets 10 and 20 at column 2, row 1 gets 30 at 0 and 40 at 1.
        try a.scatterAddInPlace(
            Tensor([10, 20, 30, 40] as [Float], shape: [2, 2], on: device),
            at: Tensor([2, 2, 0, 1], shape: [2, 2], on: device),
            dimension: 1
        )
        #expect(try a.elements() == [0, 0, 30, 33, 45, 7] as [Float])
    }

    @Test("an embedding is rows by number, in the shape of the numbers", arguments: devices)
    func embedding(device: Device) throws {
        let weight = try matrix(on: device)
        let rows = try Tensor.embedding(weight, Tensor([1, 0], shape: [1, 2], on: device))
        #expect(rows.shape == [1, 2, 3])
        #expect(try rows.elements() == [3, 4, 5, 0, 1, 2] as [Float])
        let short = try Tensor.embedding(weight, Tensor([1] as [Int32], on: device))
        #expect(try short.elements() == [3, 4, 5] as [Float])
    }

    @Test("the lower triangle is true up to the diagonal", arguments: devices)
    func lowerTriangle(device: Device) throws {
        let causal = try Tensor.lowerTriangle(rows: 2, columns: 2, on: device)
        #expect(try causal.elements() == [true, false, true, true])
        // Two rows at the end of four columns: row t sees columns up to 2 + t.
        let bottomRight = try Tensor.lowerTriangle(rows: 2, columns: 4, diagonal: 2, on: device)
        #expect(try bottomRight.elements() == [true, true, true, false, true, true, true, true])
    }

    @Test("recorded places differentiate like finite differences")
    func gradients() throws {
        try expectGradients(at: [Tensor([0.5, -1, 2, 3, 1, -2], shape: [2, 3])]) { inputs in
            let a = inputs[0]
            let rows = try Tensor.embedding(a, Tensor([1, 1, 0])).squared()
            let columns = try a.gathered(at: Tensor([2, 0], shape: [2, 1]), dimension: 1)
            let both = try Tensor.concatenated([rows, a.selected(Tensor([0]))]).squared()
            let view = try a.transposed.narrowed(0..<2).reshaped([-1])
            let cube = try view.squared() * view
            return try both.sum() + columns.squared().sum() + cube.sum()
        }
    }
}
