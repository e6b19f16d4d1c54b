import Foundation
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

@Suite struct TreeAttentionTests {
    /// A layout of rows, by what it is.
    struct Layout: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var spans: [AttentionSpan]

        init(_ description: String, _ spans: [AttentionSpan]) {
            (testDescription, self.spans) = (description, spans)
        }

        /// The layout of answers to one prompt.
        init(_ description: String, _ sequences: [[Int32]]) {
            let group = sequences.map { TokenSequence(tokens: $0, scored: [1..<$0.count]) }
            self.init(description, PackedBatch(groups: [group]).spans)
        }

        var rowCount: Int { spans.last?.rows.upperBound ?? 0 }
    }

    static let layouts = [
        Layout("one root", [AttentionSpan(rows: 0..<7, context: [])]),
        Layout(
            "two roots",
            [AttentionSpan(rows: 0..<3, context: []), AttentionSpan(rows: 3..<8, context: [])]
        ),
        Layout(
            "a trunk with a branch",
            [
                AttentionSpan(rows: 0..<9, context: []),
                AttentionSpan(rows: 9..<13, context: [0..<4]),
            ]
        ),
        Layout(
            "four answers",
            [
                [1, 2, 3, 10, 11, 0], [1, 2, 3, 20, 21, 22, 0], [1, 2, 3, 30, 0],
                [1, 2, 3, 40, 41, 0],
            ]
        ),
        Layout(
            "contexts of one, two and three ranges",
            [
                [1, 2, 3, 4, 5, 6, 0], [1, 2, 3, 4, 50, 51, 52, 0], [1, 2, 30, 31, 32, 0],
                [1, 2, 30, 31, 33, 34, 0], [1, 2, 30, 31, 33, 36, 37, 0], [60, 61, 0],
            ]
        ),
        Layout(
            "spans of one row",
            [
                AttentionSpan(rows: 0..<1, context: []),
                AttentionSpan(rows: 1..<2, context: [0..<1]),
                AttentionSpan(rows: 2..<3, context: [0..<1]),
                AttentionSpan(rows: 3..<4, context: [0..<1, 2..<3]),
                AttentionSpan(rows: 4..<5, context: []),
            ]
        ),
        // Many of the kernel's blocks of rows.
        Layout(
            "hundreds of rows",
            [
                AttentionSpan(rows: 0..<420, context: []),
                AttentionSpan(rows: 420..<700, context: [0..<300]),
            ]
        ),
    ]

    /// Query heads and key-value heads.
    static let heads = [[4, 4], [4, 2], [6, 1]]
    static let scale = 0.4

    private func inputs(
        _ rows: Int,
        _ heads: [Int],
        _ dtype: DType,
        size: Int = 8
    ) throws -> [Tensor] {
        try [heads[0], heads[1], heads[1]].enumerated().map { index, count in
            try Tensor.sample([rows, count, size], dtype, seed: UInt64(index + 1), scale: 2)
        }
    }

    @Test("the layouts have contexts of up to three ranges")
    func layoutsAreNested() {
        let counts = Self.layouts.flatMap(\.spans).map(\.context.count)
        #expect(Set(counts).isSuperset(of: [0, 1, 2, 3]))
    }

    @Test(
        "by the kernel for the CPU, values and gradients are those of masked attention",
        arguments: layouts,
        heads
    )
    func fused(layout: Layout, heads: [Int]) throws {
        try expectPlain(inputs(layout.rowCount, heads, .float32), layout)
    }

    @Test("heads may have any number of numbers", arguments: [1, 15, 16, 24, 80])
    func headSizes(size: Int) throws {
        let layout = Self.layouts[4]
        try expectPlain(inputs(layout.rowCount, [4, 2], .float32, size: size), layout)
    }

    @Test("with many spans, heads of a group are computed together, which changes little")
    func manySpans() throws {
        // As many as make a problem of a group's heads, however many threads there are.
        let count = 4 * 128
        var spans: [AttentionSpan] = []
        for first in stride(from: 0, to: 5 * count, by: 5) {
            spans.append(AttentionSpan(rows: first..<first + 3, context: []))
            spans.append(AttentionSpan(rows: first + 3..<first + 5, context: [first..<first + 2]))
        }
        let layout = Layout("many spans", spans)
        try expectPlain(inputs(layout.rowCount, [4, 2], .float32), layout)
    }

    private func expectPlain(_ inputs: [Tensor], _ layout: Layout, window: Int? = nil) throws {
        try expectSame(inputs, tolerance: 5 * Tolerance.float32) {
            try TreeAttention.attend(
                $0[0],
                $0[1],
                $0[2],
                spans: layout.spans,
                scale: Self.scale,
                window: window
            )
        } _: {
            try TreeAttention.plain(
                $0[0],
                $0[1],
                $0[2],
                spans: layout.spans,
                scale: Self.scale,
                window: window
            )
        }
    }

    /// The kernel for sequences of any lengths as it is specified, by the formulas, sequence by
    /// sequence.
    static let reference = VariableLengthAttention(
        forward: { (query, key, value, layout, scale) throws(TorchError) in
            var outputs: [Tensor] = []
            var logSums: [Tensor] = []
            for (rows, keys) in try ranges(layout) {
                let part = try headsFirst(query, rows)
                let heads = part.shape[0]
                let scores = try scores(part, widened(key, keys, heads), layout, scale)
                let logSum = try scores.logSumExponential(dimension: 2, keepingDimension: true)
                let output = try (scores - logSum).exponential()
                    .matrixProduct(widened(value, keys, heads))
                outputs.append(try output.transposed(0, 1))
                logSums.append(try logSum.squeezed(2).transposed(0, 1))
            }
            return VariableLengthAttention.Output(
                try Tensor.concatenated(outputs),
                logSumExponential: try Tensor.concatenated(logSums)
            )
        },
        backward: { (gradient, query, key, value, result, layout, scale) throws(TorchError) in
            var gradients: [[Tensor]] = [[], [], []]
            for (rows, keys) in try ranges(layout) {
                let (part, outer) = try (headsFirst(query, rows), headsFirst(gradient, rows))
                let (heads, keyHeads) = (part.shape[0], key.shape[1])
                let wideKey = try widened(key, keys, heads)
                let logSum = try headsFirst(result.logSumExponential.expanded(at: 2), rows)
                let weights = try (scores(part, wideKey, layout, scale) - logSum).exponential()
                let expected = try (outer * headsFirst(result.output, rows))
                    .sum(dimensions: [2], keepingDimensions: true)
                let slopes = try outer.matrixProduct(
                    widened(value, keys, heads).transposed(1, 2)
                )
                let change = try (weights * (slopes - expected)) * scale
                let shares = [
                    try change.matrixProduct(wideKey),
                    try grouped(change.transposed(1, 2).matrixProduct(part), keyHeads),
                    try grouped(weights.transposed(1, 2).matrixProduct(outer), keyHeads),
                ]
                for (index, share) in shares.enumerated() {
                    gradients[index].append(try share.transposed(0, 1))
                }
            }
            var all: [Tensor] = []
            for parts in gradients { all.append(try Tensor.concatenated(parts)) }
            return all
        }
    )

    /// `[head, row, key]`.
    private static func scores(
        _ query: Tensor,
        _ key: Tensor,
        _ layout: VariableLengthAttention.Layout,
        _ scale: Double
    ) throws(TorchError) -> Tensor {
        let scores = try query.matrixProduct(key.transposed(1, 2)) * scale
        guard layout.isCausal else { return scores }
        let seen = try Tensor.lowerTriangle(rows: query.shape[1], columns: key.shape[1])
        let hidden = try Tensor.zeros(seen.shape, .bool).isElementwiseEqual(to: seen)
        return try scores.filled(where: hidden, with: -.infinity)
    }

    private static func headsFirst(
        _ tensor: Tensor,
        _ rows: Range<Int>
    ) throws(TorchError) -> Tensor {
        try tensor.narrowed(rows).transposed(0, 1)
    }

    /// The heads of keys or values, each as often as query heads use it.
    private static func widened(
        _ tensor: Tensor,
        _ rows: Range<Int>,
        _ heads: Int
    ) throws(TorchError) -> Tensor {
        let part = try headsFirst(tensor, rows).expanded(at: 1)
        let copies = [Tensor](repeating: part, count: heads / part.shape[0])
        return try Tensor.concatenated(copies, dimension: 1)
            .reshaped([heads, rows.count, part.shape[3]])
    }

    /// The other way: gradients of a group's heads as one.
    private static func grouped(_ tensor: Tensor, _ keyHeads: Int) throws(TorchError) -> Tensor {
        let shape = tensor.shape
        return try tensor.reshaped([keyHeads, shape[0] / keyHeads, shape[1], shape[2]])
            .sum(dimensions: [1])
    }

    /// The queries and keys of each sequence.
    private static func ranges(
        _ layout: VariableLengthAttention.Layout
    ) throws(TorchError) -> [(rows: Range<Int>, keys: Range<Int>)] {
        let rows = try layout.queryOffsets.elements(as: Int32.self).map { Int($0) }
        let keys = try layout.keyOffsets.elements(as: Int32.self).map { Int($0) }
        return rows.indices.dropLast().map { (rows[$0]..<rows[$0 + 1], keys[$0]..<keys[$0 + 1]) }
    }

    @Test(
        "in two calls over all spans, values and gradients are those of masked attention",
        arguments: layouts,
        heads
    )
    func joined(layout: Layout, heads: [Int]) throws {
        for (dtype, tolerance) in [
            (DType.float64, Tolerance.float64), (.float32, 5 * Tolerance.float32),
        ] {
            try expectSame(
                inputs(layout.rowCount, heads, dtype),
                tolerance: tolerance
            ) {
                try TreeAttention.joined(
                    $0[0],
                    $0[1],
                    $0[2],
                    spans: layout.spans,
                    scale: Self.scale,
                    by: Self.reference
                )
            } _: {
                try TreeAttention.plain($0[0], $0[1], $0[2], spans: layout.spans, scale: Self.scale)
            }
        }
    }

    @Test("in bfloat16, values and gradients are those of float32, rounded", arguments: layouts)
    func shortFloats(layout: Layout) throws {
        let inputs = try inputs(layout.rowCount, [4, 2], .bfloat16)
        func attend(_ inputs: [Tensor]) throws -> Tensor {
            try TreeAttention.attend(
                inputs[0],
                inputs[1],
                inputs[2],
                spans: layout.spans,
                scale: Self.scale
            )
        }
        let actual = try valuesAndGradients(inputs, attend)
        let expected = try valuesAndGradients(inputs.map { try $0.to(.float32) }) {
            // The weights of the sum as bfloat16 has them.
            try attend($0).to(.bfloat16)
        }
        #expect(actual.values == expected.values)
        for (actual, expected) in zip(actual.gradients, expected.gradients) {
            // The output that the backward takes was rounded.
            expectClose(
                actual,
                expected,
                absolute: Tolerance.bfloat16,
                relative: Tolerance.bfloat16
            )
        }
    }

    /// Windows of one position, of some within and across spans and ranges, and of all.
    static let windows = [1, 2, 3, 4, 6, 100]

    @Test(
        "with a window, values and gradients are those of masked attention",
        arguments: layouts,
        windows
    )
    func windowed(layout: Layout, window: Int) throws {
        try expectPlain(inputs(layout.rowCount, [4, 2], .float32), layout, window: window)
    }

    @Test("a window as long as the sequences changes no bit")
    func wideWindow() throws {
        let layout = Self.layouts[4]
        let inputs = try inputs(layout.rowCount, [4, 2], .float32)
        let outputs = try [nil, 8].map {
            try TreeAttention.attend(
                inputs[0],
                inputs[1],
                inputs[2],
                spans: layout.spans,
                scale: Self.scale,
                window: $0
            )
        }
        #expect(try outputs[0].hasSameBits(as: outputs[1]))
    }

    @Test(
        "capped scores have the values and gradients of their formula",
        arguments: layouts.dropLast(),
        [nil, 3]
    )
    func softCap(layout: Layout, window: Int?) throws {
        let cap = 1.5
        for heads in Self.heads {
            try expectSame(
                inputs(layout.rowCount, heads, .float64),
                tolerance: Tolerance.float64
            ) {
                try TreeAttention.attend(
                    $0[0],
                    $0[1],
                    $0[2],
                    spans: layout.spans,
                    scale: Self.scale,
                    window: window,
                    softCap: cap
                )
            } _: { inputs in
                // Row by row, head by head.
                var rows: [Tensor] = []
                for span in layout.spans {
                    for row in span.rows {
                        let all = span.context.flatMap { Array($0) } + (span.rows.lowerBound...row)
                        let visible = try Tensor(all.suffix(window ?? all.count))
                        var outputs: [Tensor] = []
                        for head in 0..<heads[0] {
                            let group = head * heads[1] / heads[0]
                            let parts = try [(0, head), (1, group), (2, group)].map {
                                try inputs[$0].narrowed($1..<$1 + 1, dimension: 1).squeezed(1)
                            }
                            let scores = try parts[0].narrowed(row..<row + 1)
                                .linear(parts[1].selected(visible))
                            let capped =
                                try (scores * (Self.scale / cap)).hyperbolicTangent() * cap
                            outputs.append(
                                try capped.softmax(dimension: 1)
                                    .matrixProduct(parts[2].selected(visible))
                            )
                        }
                        rows.append(try Tensor.concatenated(outputs).expanded(at: 0))
                    }
                }
                return try Tensor.concatenated(rows)
            }
        }
    }

    @Test(
        "each row's output is the softmax over the rows it sees",
        arguments: layouts.dropLast(),
        [nil, 1, 3, 5]
    )
    func definition(layout: Layout, window: Int?) throws {
        try expectDefinition(layout, window, .float64, tolerance: Tolerance.float64)
        try expectDefinition(layout, window, .float32, tolerance: 5 * Tolerance.float32)
    }

    private func expectDefinition(
        _ layout: Layout,
        _ window: Int?,
        _ dtype: DType,
        tolerance: Double
    ) throws {
        let (heads, size) = ([4, 2], 8)
        let inputs = try inputs(layout.rowCount, heads, dtype)
        let (query, key, value) = try (
            inputs[0].doubles(), inputs[1].doubles(), inputs[2].doubles()
        )
        var expected: [Double] = []
        for span in layout.spans {
            for row in span.rows {
                let all = span.context.flatMap { Array($0) } + (span.rows.lowerBound...row)
                let visible = all.suffix(window ?? all.count)
                for head in 0..<heads[0] {
                    let queryStart = (row * heads[0] + head) * size
                    // Two neighbouring query heads share a key-value head.
                    let starts = visible.map { ($0 * heads[1] + head / 2) * size }
                    let weights = starts.map { start in
                        exp(
                            (0..<size).reduce(0) {
                                $0 + query[queryStart + $1] * key[start + $1] * Self.scale
                            }
                        )
                    }
                    let total = weights.reduce(0, +)
                    for element in 0..<size {
                        expected.append(
                            zip(starts, weights).reduce(0) {
                                $0 + $1.1 / total * value[$1.0 + element]
                            }
                        )
                    }
                }
            }
        }
        expectClose(
            try TreeAttention.attend(
                inputs[0],
                inputs[1],
                inputs[2],
                spans: layout.spans,
                scale: Self.scale,
                window: window
            ).doubles(),
            expected,
            absolute: tolerance
        )
    }

    @Test("in bfloat16 the numbers stay near those of float64", arguments: layouts)
    func bfloat16(layout: Layout) throws {
        let narrow = try inputs(layout.rowCount, [4, 2], .bfloat16)
        func run(_ inputs: [Tensor]) throws -> (values: [Double], gradients: [[Double]]) {
            try valuesAndGradients(inputs) {
                try TreeAttention.attend(
                    $0[0],
                    $0[1],
                    $0[2],
                    spans: layout.spans,
                    scale: Self.scale
                )
            }
        }
        let actual = try run(narrow)
        let expected = try run(narrow.map { try $0.to(.float64) })
        expectClose(actual.values, expected.values, absolute: Tolerance.bfloat16)
        for (actual, expected) in zip(actual.gradients, expected.gradients) {
            // Gradients are sums over up to hundreds of rows, rounded to 8 bits with each range.
            expectClose(actual, expected, absolute: 0.05, relative: Tolerance.bfloat16)
        }
    }

    @Test("large scores do not overflow, and what is far behind gets no weight")
    func largeScores() throws {
        let spans = [
            AttentionSpan(rows: 0..<2, context: []), AttentionSpan(rows: 2..<3, context: [0..<1]),
        ]
        let query = try Tensor.full([3, 1, 8], 100, .float32)
        let key = try Tensor.concatenated([
            Tensor.full([1, 1, 8], -100, .float32), Tensor.full([2, 1, 8], 100, .float32),
        ])
        let value =
            try Tensor([1, 2, 3] as [Float], shape: [3, 1, 1])
            * Tensor.full([3, 1, 8], 1, .float32)
        let output = try TreeAttention.attend(query, key, value, spans: spans, scale: 1)
        // Rows 1 and 2 see row 0 with a score of −80,000 and themselves with 80,000.
        #expect(try output.doubles() == [1.0, 2, 3].flatMap { [Double](repeating: $0, count: 8) })
    }

    @Test("no rows give no output")
    func empty() throws {
        let inputs = try inputs(0, [4, 2], .float32)
        let (query, key, value) = (inputs[0], inputs[1], inputs[2])
        let outputs = [
            try TreeAttention.attend(query, key, value, spans: [], scale: 1),
            try TreeAttention.plain(query, key, value, spans: [], scale: 1),
        ]
        for output in outputs { #expect(output.shape == [0, 4, 8]) }
    }
}
