import Testing
import Torch

@Suite("TorchError")
struct TorchErrorTests {
    /// The error of a call, checked for what holds for all of them.
    private func failure(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Tensor
    ) throws -> TorchError {
        let error = try #require(
            throws: TorchError.self,
            sourceLocation: sourceLocation,
            performing: body
        )
        #expect(error.isShort, "\(error)", sourceLocation: sourceLocation)
        #expect(
            error.description == "\(error.operation): \(error.message)",
            sourceLocation: sourceLocation
        )
        #expect(error.kind == .failure, sourceLocation: sourceLocation)
        return error
    }

    @Test("shapes that do not fit are named")
    func shapes() throws {
        let (a, b) = (try Tensor.zeros([2, 3], .float32), try Tensor.zeros([4], .float32))
        let sum = try failure { try a + b }
        #expect(sum.operation == "add")
        #expect(sum.message.contains("(float32[2, 3], float32[4])"))
        let product = try failure { try a.matrixProduct(a) }
        #expect(product.operation == "matmul")
        #expect(product.message.contains("(float32[2, 3], float32[2, 3])"))
        _ = try failure { try a.reshaped([4, -1]) }
        _ = try failure { try a.narrowed(1..<3) }
        _ = try failure { try a.transposed(0, 2) }
        _ = try failure { try a.sum(dimensions: [2]) }
        _ = try failure { try Tensor.concatenated([a, b]) }
        _ = try failure { try Tensor.concatenated([]) }
    }

    @Test("a token id outside the vocabulary is an error", arguments: [-1, 5, Int.max])
    func vocabulary(id: Int) throws {
        let weight = try Tensor.zeros([5, 2], .float32)
        let error = try failure { try Tensor.embedding(weight, Tensor([0, id])) }
        #expect(error.operation == "embedding")
        #expect(error.message.contains("index out of range"))
        #expect(error.message.contains("(float32[5, 2], int64[2])"))
    }

    @Test("places outside the tensor are errors", arguments: [-1, 2, Int.max])
    func places(place: Int) throws {
        let a = try Tensor.zeros([2, 2], .float32)
        let index = try Tensor([place])
        let square = try Tensor([place], shape: [1, 1])
        let one = try Tensor([1] as [Float], shape: [1, 1])
        _ = try failure { try a.selected(index) }
        _ = try failure { try a.gathered(at: square, dimension: 1) }
        _ = try failure {
            try a.addInPlace(Tensor([1, 1] as [Float], shape: [1, 2]), at: index)
            return a
        }
        _ = try failure {
            try a.scatterAddInPlace(one, at: square, dimension: 1)
            return a
        }
        #expect(try a.isEqual(to: Tensor.zeros([2, 2], .float32)))
    }

    @Test("dtypes that do not fit are errors")
    func dtypes() throws {
        let weight = try Tensor.zeros([5, 2], .float32)
        _ = try failure { try Tensor.embedding(weight, Tensor([0.5])) }
        _ = try failure { try Tensor([1, 2]).mean() }
        _ = try failure { try weight.matrixProduct(Tensor.zeros([2, 2], .float64)) }
        _ = try failure {
            try Tensor([1]).setRequiresGradient(true)
            return weight
        }
    }

    @Test("reading elements as another type is an error")
    func elementType() throws {
        let error = try #require(throws: TorchError.self) {
            try Tensor([1] as [Float]).elements(as: Double.self)
        }
        #expect(error == TorchError("elements", "a float32 tensor is read as float64"))
        let item = try #require(throws: TorchError.self) { try Tensor([1.0, 2]).item() }
        #expect(item.message == "one floating-point element is needed, not float64[2]")
        #expect(throws: TorchError.self) { try Tensor([1]).item() }
    }

    @Test("the bytes of a tensor that is not contiguous are an error")
    func bytes() throws {
        let transposed = try Tensor.zeros([2, 3], .float32).transposed
        let error = try #require(throws: TorchError.self) { try transposed.withBytes { _ in } }
        #expect(error.message.contains("Tensor(float32[3, 2], cpu)"))
    }

    @Test("counts that do not fill the shape are errors")
    func counts() throws {
        let elements = try failure { try Tensor([1, 2, 3], shape: [2, 2]) }
        #expect(elements.message == "3 elements do not fill the shape [2, 2]")
        let copied = try failure {
            try [1, 2, 3].withUnsafeBytes { try Tensor.copying($0, shape: [2], .int64) }
        }
        #expect(copied.message == "24 bytes do not fill int64[2]")
    }

    @Test(
        "shapes that are none are errors, not traps",
        arguments: [[-1, -3], [Int.max, 4], [Int.max, Int.max], [-1], [Int.min, Int.min]]
    )
    func absurdShapes(shape: [Int]) throws {
        _ = try failure { try Tensor([1, 2, 3], shape: shape) }
        _ = try failure {
            try [1, 2, 3].withUnsafeBytes { try Tensor.copying($0, shape: shape, .int64) }
        }
        _ = try failure { try Tensor.zeros(shape, .float32) }
        _ = try failure { try Tensor.empty(shape, .float64) }
        _ = try failure { try Tensor.normal(shape) }
    }

    @Test("more memory than there is is an error")
    func memory() throws {
        let error = try failure { try Tensor.empty([1 << 50], .float32) }
        #expect(error.operation == "empty")
        #expect(error.message.contains("memory"))
    }

    @Test("a failure in place leaves the tensor as it was")
    func inPlace() throws {
        let a = try Tensor([1, 2] as [Float])
        _ = try failure {
            try a.addInPlace(Tensor([1, 2, 3] as [Float]))
            return a
        }
        _ = try failure {
            try a.copyInPlace(Tensor([1, 2, 3] as [Float]))
            return a
        }
        #expect(try a.elements() == [1, 2] as [Float])
    }
}

extension TorchError {
    /// Whether the message fits a log: one line, and not a page long.
    var isShort: Bool { !message.contains(where: \.isNewline) && message.count < 300 }
}
