import Testing
import Torch

@Suite("Tensor.viewing")
struct TensorViewingTests {
    /// Four floats, and a way to tell when they are gone.
    private final class Memory {
        let bytes: UnsafeMutableRawBufferPointer

        init(_ elements: [Float]) {
            bytes = .allocate(byteCount: elements.count * 4, alignment: 64)
            bytes.copyBytes(from: elements.withUnsafeBytes { Array($0) })
        }

        deinit { bytes.deallocate() }
    }

    @Test("the tensor reads the bytes where they lie")
    func reading() throws {
        let memory = Memory([1, 2, 3, 4])
        let tensor = try Tensor.viewing(
            UnsafeRawBufferPointer(memory.bytes),
            shape: [2, 2],
            .float32,
            owner: memory
        )
        #expect(try tensor.elements() == [1, 2, 3, 4] as [Float])
        memory.bytes.storeBytes(of: 9, toByteOffset: 4, as: Float.self)
        #expect(try tensor.elements() == [1, 9, 3, 4] as [Float])
    }

    @Test("the owner lives exactly as long as the last view")
    func lifetime() throws {
        weak var memory: Memory?
        func make() throws -> Tensor {
            let owner = Memory([1, 2, 3, 4])
            memory = owner
            return try Tensor.viewing(
                UnsafeRawBufferPointer(owner.bytes),
                shape: [4],
                .float32,
                owner: owner
            )
        }
        var tensor: Tensor? = try make()
        var view = try tensor?.narrowed(2..<4)
        #expect(memory != nil)
        tensor = nil
        #expect(memory != nil)
        #expect(try view?.elements() == [3, 4] as [Float])
        view = nil
        #expect(memory == nil)
        #expect(tensor == nil && view == nil)
    }

    @Test("the owner of no bytes is let go too")
    func noBytes() throws {
        weak var memory: Memory?
        func make() throws -> Tensor {
            let owner = Memory([])
            memory = owner
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            return try Tensor.viewing(none, shape: [0], .float32, owner: owner)
        }
        var tensor: Tensor? = try make()
        #expect(tensor?.shape == [0])
        tensor = nil
        #expect(memory == nil)
        #expect(tensor == nil)
    }

    @Test("a view that cannot be made does not keep the owner")
    func failure() {
        weak var memory: Memory?
        func make() throws {
            let owner = Memory([1, 2, 3, 4])
            memory = owner
            _ = try Tensor.viewing(
                UnsafeRawBufferPointer(owner.bytes),
                shape: [5],
                .float32,
                owner: owner
            )
        }
        #expect(throws: TorchError("tensor", "16 bytes do not fill float32[5]")) { try make() }
        #expect(memory == nil)
    }
}
