import Foundation
import TestSupport
import Testing
import Torch

@Suite("Tensors in a file")
struct OffloadFileTests {
    private let folder: TemporaryFolder
    private let file: OffloadFile

    init() throws {
        folder = try TemporaryFolder()
        file = try OffloadFile(in: folder.url.path)
    }

    @Test("numbers stay when their pages leave memory, of a whole tensor and of a part")
    func released() throws {
        let first = try file.zeros([3, 40_000], .float32)
        let second = try file.zeros([2], .float32)
        #expect(try first.sum().item() == 0)
        try first.fillInPlace(2)
        try second.fillInPlace(3)
        try first.narrowed(1..<2).fillInPlace(5)
        first.releasePages()
        try first.narrowed(2..<3).releasePages()
        try first.transposed.releasePages()
        #expect(try first.sum(dimensions: [1]).elements() == [80_000, 200_000, 80_000] as [Float])
        second.releasePages()
        #expect(try second.elements() == [3, 3] as [Float])
    }

    @Test("a tensor of memory is left alone, and so is one without numbers")
    func others() throws {
        let tensor = try Tensor([1, 2] as [Float])
        tensor.releasePages()
        #expect(try tensor.elements() == [1, 2] as [Float])
        let nothing = try file.zeros([0, 4], .float32)
        nothing.releasePages()
        #expect(nothing.shape == [0, 4])
    }

    @Test("a tensor that moves there keeps its numbers, and so do its views")
    func moved() throws {
        let tensor = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let view = try tensor.narrowed(1..<2)
        try tensor.move(to: file.zeros([4], .float32))
        #expect(try tensor.elements() == [1, 2, 3, 4] as [Float])
        try tensor.multiplyInPlace(2)
        tensor.releasePages()
        #expect(try view.elements() == [6, 8] as [Float])
        let small = try file.zeros([3], .float32)
        #expect(throws: TorchError.self) { try tensor.move(to: small) }
        #expect(try tensor.elements() == [2, 4, 6, 8] as [Float])
    }

    @Test("pages of zeros among others stay zeros where they move to")
    func movedZeros() throws {
        var numbers = [Float](repeating: 0, count: 5000)
        (numbers[3], numbers[2047], numbers[4999]) = (1, 2, 3)
        let tensor = try Tensor(numbers, shape: [5000])
        try tensor.move(to: file.zeros([5000], .float32))
        #expect(try tensor.elements() == numbers)
    }

    @Test("tensors outlive the file's object, and the folder never has a name of it")
    func lifetime() throws {
        func make() throws -> Tensor {
            let other = try OffloadFile(in: folder.url.path)
            return try other.zeros([5], .float64)
        }
        let tensor = try make()
        try tensor.fillInPlace(1)
        #expect(try tensor.sum().item() == 5)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    }

    @Test("a folder that is not there, and a disk without room, are told")
    func refused() throws {
        let missing = folder.url.appending(path: "missing").path
        let error = #expect(throws: TorchError.self) { try OffloadFile(in: missing) }
        #expect(error?.description == "offload: \(missing): No such file or directory")
        let full = #expect(throws: TorchError.self) { try file.zeros([1 << 50], .float32) }
        #expect(full?.message.hasPrefix("no place for 4503599627370496 bytes: ") == true)
        // What was asked for in vain takes no place.
        #expect(try file.zeros([2], .float32).elements() == [0, 0] as [Float])
    }

    /// An optimizer of some parameters, and where its state lies.
    private typealias Maker = ([Tensor], KeptMemory) throws -> any Optimizer

    @Test(
        "optimizers update what lies in a file as they update memory, bit for bit",
        arguments: ["adamw", "sgd", "rmsprop", "adafactor"]
    )
    func optimizers(name: String) throws {
        let makers: [String: Maker] = [
            "adamw": { try AdamW($0, weightDecay: 0.1, in: $1) },
            "sgd": { try SGD($0, .init(momentum: 0.9), in: $1) },
            "rmsprop": { try RMSprop($0, .init(momentum: 0.9), in: $1) },
            "adafactor": { try Adafactor($0, in: $1) },
        ]
        let make = try #require(makers[name])
        // More than a piece, and a rest that fills no vector.
        let shapes = [[2049, 2051], [3]]
        func trained(_ memory: KeptMemory) throws -> [[UInt8]] {
            let parameters = try shapes.enumerated().map { index, shape in
                let values = try Tensor.uniform(shape, seed: UInt64(index))
                if case .file = memory { try values.move(to: memory.zeros(like: values)) }
                return values
            }
            let optimizer = try make(parameters, memory)
            for step in 0..<2 {
                let gradients = try shapes.enumerated().map { index, shape in
                    try Tensor.uniform(shape, seed: UInt64(10 + 10 * step + index)) - 0.4
                }
                try gradients.multiplyInPlace(Tensor([0.5] as [Float]).squeezed(0))
                try optimizer.step(gradients: gradients, learningRate: 0.01)
            }
            let tensors = parameters + optimizer.state.map(\.tensor)
            return try tensors.map { try $0.withBytes { Array($0) } }
        }
        let plain = try trained(.ofDevice)
        #expect(try trained(.file(file)) == plain)
    }

    @Test("the norm and the scaling of gradients are the same")
    func gradients() throws {
        let plain = [try Tensor.uniform([300, 70], seed: 1), try Tensor.uniform([5], seed: 2)]
        let kept = try plain.map { tensor in
            let copy = try tensor.cloned()
            try copy.move(to: file.zeros(tensor.shape, .float32))
            return copy
        }
        #expect(try kept.totalNorm().item() == plain.totalNorm().item())
        let scale = try Tensor.full([], 0.3, .float32)
        try kept.multiplyInPlace(scale)
        try plain.multiplyInPlace(scale)
        for (kept, plain) in zip(kept, plain) {
            #expect(try kept.elements() == plain.elements() as [Float])
        }
    }
}
