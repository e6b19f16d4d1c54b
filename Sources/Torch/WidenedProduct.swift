import CTorch

/// Products of bfloat16 matrices by way of float32, on processors that multiply float32 faster.
///
/// Without AMX a processor has slow instructions for bfloat16, or none. libtorch's products then run
/// at three fifths of the rate of float32's (Intel's AVX-512 with bfloat16), at a quarter (AVX-512
/// without) or at a seventh (AVX2). Here operands are copied to float32, in pieces that a cache
/// holds. Sums are float32 and rounded once, as libtorch's are.
enum WidenedProduct {
    /// How many elements of an operand are float32 at a time, where all of it need not be.
    private static let pieceSize = 1 << 20

    /// Rows, columns and depth from which on copying pays.
    private static let leastExtent = Int(ctorch_least_widened_extent())

    /// Whether any product is computed so on this processor.
    static var isInUse: Bool { leastExtent < Int.max }

    /// Whether the product of two is computed so, either of which may be many matrices: bfloat16 on
    /// the CPU, not too small.
    static func pays(_ a: Tensor, _ b: Tensor) -> Bool {
        guard isInUse, a.dtype == .bfloat16, b.dtype == .bfloat16 else { return false }
        guard a.device == .cpu, b.device == .cpu else { return false }
        let extents = [a.shape, b.shape].flatMap { $0.suffix(2) }
        return extents.count == 4 && extents.allSatisfy { $0 >= leastExtent }
    }

    /// x weightᵀ + bias, recorded.
    ///
    /// - Parameters:
    ///   - x: `[rows, inputs]`.
    ///   - weight: `[outputs, inputs]`.
    ///   - bias: `[outputs]`.
    /// - Returns: `[rows, outputs]`.
    static func linear(
        _ x: Tensor,
        _ weight: Tensor,
        bias: Tensor?
    ) throws(TorchError) -> Tensor {
        let inputs = [x, weight] + [bias].compactMap(\.self)
        return try withCustomGradient(inputs) { () throws(TorchError) in
            let output = try Tensor.empty([x.shape[0], weight.shape[0]], x.dtype)
            if let bias { try output.copyInPlace(bias) }
            try write(x, times: weight.transposed, into: output, adds: bias != nil)
            return CustomGradient([output]) { (gradients, needs) throws(TorchError) in
                let outer = gradients[0]
                var results: [Tensor?]
                if needs[0], needs[1] {
                    results = try both(outer, x, weight)
                } else {
                    results = [
                        needs[0] ? try outer.matrixProduct(weight) : nil,
                        needs[1] ? try outer.transposed.matrixProduct(x) : nil,
                    ]
                }
                if bias != nil { results.append(needs[2] ? try outer.sum(dimensions: [0]) : nil) }
                return results
            }
        }[0]
    }

    /// The gradients of x and weight, from one copy of their outputs' gradient.
    private static func both(
        _ outer: Tensor,
        _ x: Tensor,
        _ weight: Tensor
    ) throws(TorchError) -> [Tensor?] {
        let wide = try weight.to(.float32)
        let xGradient = try Tensor.empty(x.shape, x.dtype)
        var weightGradient: Tensor?
        for rows in pieces(x.shape[0], width: weight.shape.max() ?? 1, least: 512) {
            let part = try outer.narrowed(rows).to(.float32)
            try xGradient.narrowed(rows).copyInPlace(part.matrixProduct(wide))
            let xPart = try x.narrowed(rows).to(.float32)
            if let weightGradient {
                try weightGradient.addMatrixProductInPlace(part.transposed, xPart)
            } else {
                weightGradient = try part.transposed.matrixProduct(xPart)
            }
        }
        return [xGradient, try weightGradient?.to(weight.dtype)]
    }

    /// Overwrites `result` with a b, or adds it.
    ///
    /// - Parameters:
    ///   - a: `[rows, depth]`.
    ///   - b: `[depth, columns]`.
    ///   - result: `[rows, columns]`.
    static func write(
        _ a: Tensor,
        times b: Tensor,
        into result: Tensor,
        adds: Bool
    ) throws(TorchError) {
        let (rows, depth, columns) = (a.shape[0], a.shape[1], b.shape[1])

        func write(_ left: Tensor, _ right: Tensor, into block: Tensor) throws(TorchError) {
            guard adds else { return try block.copyInPlace(left.matrixProduct(right)) }
            let sum = try block.to(.float32)
            try sum.addMatrixProductInPlace(left, right)
            try block.copyInPlace(sum)
        }

        // What is not cut is float32 whole: the smaller operand, or for a very deep product the result.
        if depth > 4 * max(rows, columns) {
            let sum = adds ? try result.to(.float32) : try .zeros([rows, columns], .float32)
            for piece in pieces(depth, width: max(rows, columns)) {
                try sum.addMatrixProductInPlace(
                    a.narrowed(piece, dimension: 1).to(.float32),
                    b.narrowed(piece).to(.float32)
                )
            }
            try result.copyInPlace(sum)
        } else if rows >= columns {
            let right = try b.to(.float32)
            for piece in pieces(rows, width: depth) {
                try write(a.narrowed(piece).to(.float32), right, into: result.narrowed(piece))
            }
        } else {
            let left = try a.to(.float32)
            for piece in pieces(columns, width: depth) {
                let right = try b.narrowed(piece, dimension: 1).to(.float32)
                try write(left, right, into: result.narrowed(piece, dimension: 1))
            }
        }
    }

    /// 0..<extent in ranges of about equal length, each with up to `pieceSize` elements, or the length
    /// that they have at least.
    private static func pieces(_ extent: Int, width: Int, least: Int = 1) -> [Range<Int>] {
        let most = max(least, pieceSize / width)
        let count = (extent + most - 1) / most
        let length = (extent + count - 1) / count
        return stride(from: 0, to: extent, by: length).map { $0..<min(extent, $0 + length) }
    }
}
