import CTorch

extension Tensor {
    /// The sum over some dimensions; over all where none are named.
    public func sum(
        dimensions: [Int] = [],
        keepingDimensions: Bool = false
    ) throws(TorchError) -> Tensor {
        let list = dimensions.map(Int64.init)
        return try tensor("sum", self) {
            ctorch_sum(handle, list, list.count, keepingDimensions, $0)
        }
    }

    /// The mean over some dimensions; over all where none are named.
    public func mean(
        dimensions: [Int] = [],
        keepingDimensions: Bool = false
    ) throws(TorchError) -> Tensor {
        let list = dimensions.map(Int64.init)
        return try tensor("mean", self) {
            ctorch_mean(handle, list, list.count, keepingDimensions, $0)
        }
    }

    /// The place of the largest element along a dimension, int64; the first of several.
    public func indexOfMaximum(dimension: Int) throws(TorchError) -> Tensor {
        try tensor("argmax", self) { ctorch_argmax(handle, Int64(dimension), $0) }
    }

    /// The logarithm of the sum of exponentials along a dimension, without overflow.
    public func logSumExponential(
        dimension: Int,
        keepingDimension: Bool = false
    ) throws(TorchError) -> Tensor {
        try tensor("logsumexp", self) {
            ctorch_logsumexp(handle, Int64(dimension), keepingDimension, $0)
        }
    }

    /// Exponentials along a dimension, divided by their sum, without overflow.
    public func softmax(dimension: Int) throws(TorchError) -> Tensor {
        try tensor("softmax", self) { ctorch_softmax(handle, Int64(dimension), $0) }
    }

    /// Layer normalisation (arXiv:1607.06450) over the last dimension:
    /// (x − mean) / √(variance + ε) · weight + bias, with means taken in float32 at least.
    ///
    /// - Parameters:
    ///   - weight: `[size]`, of the last dimension.
    ///   - bias: `[size]`.
    public func layerNormalized(
        weight: Tensor,
        bias: Tensor,
        epsilon: Double
    ) throws(TorchError) -> Tensor {
        try tensor("layer_norm", self, weight, bias) {
            ctorch_layer_norm(handle, weight.handle, bias.handle, epsilon, $0)
        }
    }

    /// The Euclidean norm along a dimension; float32 for 16-bit elements.
    public func norm(
        dimension: Int,
        keepingDimension: Bool = false
    ) throws(TorchError) -> Tensor {
        try tensor("linalg_vector_norm", self) {
            ctorch_norm(handle, Int64(dimension), keepingDimension, $0)
        }
    }
}

extension [Tensor] {
    /// The Euclidean norm of all elements of all tensors together: a scalar tensor.
    ///
    /// The norms are taken tensor by tensor and then of these, as `clip_grad_norm_` does.
    public func totalNorm() throws(TorchError) -> Tensor {
        let handles = handles
        let norms = try tensor("_foreach_norm") { ctorch_foreach_norm(handles, handles.count, $0) }
        return try norms.norm(dimension: 0)
    }

    /// Multiplies every tensor with a scalar tensor.
    public func multiplyInPlace(_ scale: Tensor) throws(TorchError) {
        let handles = handles
        try check("_foreach_mul_", ctorch_foreach_mul_(handles, handles.count, scale.handle))
    }
}
