import CTorch

extension Tensor {
    /// The same elements in another shape; one length may be −1 and is then derived.
    public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try tensor("reshape", self) { ctorch_reshape(handle, sizes, sizes.count, $0) }
    }

    /// A view with two dimensions exchanged.
    public func transposed(_ first: Int, _ second: Int) throws(TorchError) -> Tensor {
        try tensor("transpose", self) {
            ctorch_transpose(handle, Int64(first), Int64(second), $0)
        }
    }

    /// A view of a range along a dimension (`narrow` in PyTorch).
    public func narrowed(_ range: Range<Int>, dimension: Int = 0) throws(TorchError) -> Tensor {
        try tensor("narrow", self) {
            ctorch_narrow(handle, Int64(dimension), Int64(range.lowerBound), Int64(range.count), $0)
        }
    }

    /// One tensor after the other along a dimension.
    public static func concatenated(
        _ tensors: [Tensor],
        dimension: Int = 0
    ) throws(TorchError) -> Tensor {
        let handles = tensors.handles
        return try tensor("cat") {
            ctorch_cat(handles, handles.count, Int64(dimension), $0)
        }
    }

    /// A view with a dimension of length 1 put in.
    public func expanded(at dimension: Int) throws(TorchError) -> Tensor {
        try tensor("unsqueeze", self) { ctorch_unsqueeze(handle, Int64(dimension), $0) }
    }

    /// A view without a dimension of length 1.
    public func squeezed(_ dimension: Int) throws(TorchError) -> Tensor {
        try tensor("squeeze", self) { ctorch_squeeze(handle, Int64(dimension), $0) }
    }

    /// Whole slices along a dimension, by their places (`index_select` in PyTorch).
    ///
    /// - Parameter indices: `[n]`, int64 or int32.
    public func selected(_ indices: Tensor, dimension: Int = 0) throws(TorchError) -> Tensor {
        try tensor("index_select", self, indices) {
            ctorch_index_select(handle, Int64(dimension), indices.handle, $0)
        }
    }

    /// Single elements along a dimension, by their places (`gather` in PyTorch).
    ///
    /// - Parameter indices: as many dimensions as this tensor, int64.
    public func gathered(at indices: Tensor, dimension: Int) throws(TorchError) -> Tensor {
        try tensor("gather", self, indices) {
            ctorch_gather(handle, Int64(dimension), indices.handle, $0)
        }
    }

    /// Adds whole slices at places along a dimension; a place may come several times.
    public func addInPlace(
        _ slices: Tensor,
        at indices: Tensor,
        dimension: Int = 0
    ) throws(TorchError) {
        try check(
            "index_add_",
            ctorch_index_add_(handle, Int64(dimension), indices.handle, slices.handle),
            operands: [self, indices, slices]
        )
    }

    /// Adds single elements at places along a dimension (`scatter_add_` in PyTorch).
    public func scatterAddInPlace(
        _ elements: Tensor,
        at indices: Tensor,
        dimension: Int
    ) throws(TorchError) {
        try check(
            "scatter_add_",
            ctorch_scatter_add_(handle, Int64(dimension), indices.handle, elements.handle),
            operands: [self, indices, elements]
        )
    }

    /// Rows of a weight by their numbers.
    ///
    /// - Parameters:
    ///   - weight: `[vocabulary, hidden]`.
    ///   - indices: int64 or int32, any shape.
    /// - Returns: the shape of `indices` with `hidden` behind it.
    /// - Throws: `TorchError` where a number lies outside the vocabulary.
    public static func embedding(_ weight: Tensor, _ indices: Tensor) throws(TorchError) -> Tensor {
        try withCustomGradient([weight]) { () throws(TorchError) in
            let rows = try tensor("embedding", weight, indices) {
                ctorch_embedding(weight.handle, indices.handle, $0)
            }
            return CustomGradient([rows]) { (gradients, _) throws(TorchError) in
                let slices = try gradients[0].reshaped([-1, weight.shape[1]])
                let places = try indices.reshaped([-1])
                return [
                    try weight.addingToGradient { (sum) throws(TorchError) in
                        try sum.addInPlace(slices, at: places)
                    }
                ]
            }
        }[0]
    }

    /// A matrix of booleans, true where the column is at most the row plus `diagonal`.
    public static func lowerTriangle(
        rows: Int,
        columns: Int,
        diagonal: Int = 0,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try tensor("tril") {
            ctorch_lower_triangle(Int64(rows), Int64(columns), Int64(diagonal), device.raw, $0)
        }
    }
}
