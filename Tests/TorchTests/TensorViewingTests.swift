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

    /// A way to change a tensor of four floats in place.
    struct Change: CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (Tensor) throws -> Void

        init(_ name: String, _ make: @escaping @Sendable (Tensor) throws -> Void) {
            testDescription = name
            self.make = make
        }

        /// A step of an optimizer.
        init(_ name: String, _ optimizer: @escaping @Sendable (Tensor) throws -> any Optimizer) {
            self.init(name) {
                try optimizer($0).step(gradients: [Tensor.full([4], 7, .float32)], learningRate: 1)
            }
        }

        private static func sevens() throws -> Tensor { try .full([4], 7, .float32) }

        static let all = [
            Change("copy") { try $0.copyInPlace(sevens()) },
            Change("fill") { try $0.fillInPlace(7) },
            Change("add") { try $0.addInPlace(sevens()) },
            Change("add rows") { try $0.addInPlace(sevens(), at: Tensor([3, 2, 1, 0])) },
            Change("scatter") {
                try $0.scatterAddInPlace(sevens(), at: Tensor([3, 2, 1, 0]), dimension: 0)
            },
            Change("add products") { try $0.addProductInPlace(sevens(), sevens(), scale: 2) },
            Change("multiply") { try $0.multiplyInPlace(7) },
            Change("multiply by elements") { try $0.multiplyInPlace(sevens()) },
            Change("multiply several") { try [$0].multiplyInPlace(Tensor.full([], 7, .float32)) },
            Change("exponentiate") { try $0.exponentiateInPlace() },
            Change("AdamW") { try AdamW([$0]) },
            Change("SGD") { try SGD([$0]) },
            Change("RMSprop") { try RMSprop([$0]) },
            Change("Adafactor") { try Adafactor([$0]) },
        ]
    }

    @Test(
        "what changes the tensor in place leaves the bytes, and ends their use",
        arguments: Change.all,
        [false, true]
    )
    func changes(_ change: Change, isToChange: Bool) throws {
        final class Owner {}
        let numbers: [Float] = [1, 2, 3, 4]
        let expected = try Tensor(numbers)
        try change.make(expected)
        #expect(try expected.elements() != numbers)

        let memory = Memory(numbers)
        weak var owner: Owner?
        func make() throws -> Tensor {
            let bytesOwner = Owner()
            owner = bytesOwner
            return try Tensor.viewing(
                UnsafeRawBufferPointer(memory.bytes),
                shape: [4],
                .float32,
                isToChange: isToChange,
                owner: bytesOwner
            )
        }
        let tensor = try make()
        let view = try tensor.narrowed(1..<3)
        #expect(owner != nil)
        try change.make(tensor)
        #expect(owner == nil)
        #expect(try tensor.isEqual(to: expected))
        #expect(try view.isEqual(to: expected.narrowed(1..<3)))
        #expect(Array(memory.bytes.bindMemory(to: Float.self)) == numbers)
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
