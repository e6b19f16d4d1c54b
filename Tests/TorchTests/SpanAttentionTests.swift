import Testing
import Torch

/// What the kernel refuses; what it computes is held to the formula where trees are known.
@Suite("SpanAttention")
struct SpanAttentionTests {
    private func attend(
        _ rows: [Range<Int>],
        _ contexts: [[Range<Int>]],
        query: [Int] = [4, 2, 8],
        key: [Int] = [4, 1, 8],
        value: [Int]? = nil,
        _ dtype: DType = .float32
    ) throws -> Tensor {
        try SpanAttention(rows: rows, contexts: contexts, window: nil, scale: 1).output(
            Tensor.zeros(query, dtype),
            Tensor.zeros(key, dtype),
            Tensor.zeros(value ?? key, dtype)
        ).output
    }

    @Test("spans that are none of the rows are errors")
    func spans() throws {
        #expect(try attend([0..<2, 2..<4], [[], [0..<1]]).shape == [4, 2, 8])
        let wrong: [(rows: [Range<Int>], contexts: [[Range<Int>]])] = [
            ([0..<2, 3..<4], [[], []]), ([0..<2], [[]]), ([0..<2, 2..<5], [[], []]),
            ([0..<2, 2..<2, 2..<4], [[], [], []]), ([1..<4], [[]]),
            ([0..<2, 2..<4], [[], [1..<3]]),
            ([0..<2, 2..<4], [[], [1..<1]]), ([0..<2, 2..<4], [[], [-1..<1]]),
            ([0..<2, 2..<4], [[3..<4], []]),
        ]
        for (rows, contexts) in wrong {
            #expect(throws: TorchError.self) { try attend(rows, contexts) }
        }
    }

    @Test("shapes and dtypes that do not fit are errors")
    func shapes() throws {
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], key: [4, 3, 8]) }
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], key: [3, 1, 8]) }
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], key: [4, 1, 7]) }
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], key: [4, 8]) }
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], key: [4, 0, 8]) }
        #expect(throws: TorchError.self) {
            try attend([0..<4], [[]], query: [4, 2, 0], key: [4, 1, 0])
        }
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], value: [4, 1, 9]) }
        #expect(throws: TorchError.self) { try attend([0..<4], [[]], .float64) }
    }

    @Test("what is not a number reaches the rows that see it, and no other")
    func notANumber() throws {
        let key = try Tensor([0, 0, .nan, 0] as [Float], shape: [4, 1, 1])
        let zeros = try Tensor.zeros([4, 1, 1], .float32)
        let attention = SpanAttention(
            rows: [0..<3, 3..<4],
            contexts: [[], [0..<2]],
            window: nil,
            scale: 1
        )
        let (output, logSum) = try attention.output(zeros, key, zeros)
        #expect(try output.elements(as: Float.self).map(\.isNaN) == [false, false, true, false])
        #expect(try logSum.elements(as: Float.self).map(\.isNaN) == [false, false, true, false])
    }
}
