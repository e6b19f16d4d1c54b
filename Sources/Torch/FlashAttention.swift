import CTorch

/// libtorch's attention kernels: softmax(query · keyᵀ · scale + mask) · value.
///
/// Shapes are `[batch, head, sequence, headSize]`; keys and values may have fewer heads than
/// queries, each serving a group of neighbouring query heads.
public enum FlashAttention {
    /// Who sees whom.
    public enum Visibility {
        /// Row t sees columns up to t.
        case causal
        /// `[querySequence, keySequence]`: booleans, true where a row sees a column, or numbers of
        /// the query's dtype that are added to the scores.
        case mask(Tensor)
        /// Every row sees every column.
        case full
    }

    /// The kernel for the CPU, without a graph.
    ///
    /// - Returns: the output, and the logarithm of each row's softmax denominator,
    ///   `[batch, head, querySequence]`, for `cpuGradient`.
    public static func cpu(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        _ visibility: Visibility,
        scale: Double
    ) throws(TorchError) -> (output: Tensor, logSumExponential: Tensor) {
        var output: ctorch_tensor?
        var logSumExponential: ctorch_tensor?
        try check(
            "flash_attention_cpu",
            ctorch_flash_attention_cpu(
                query.handle,
                key.handle,
                value.handle,
                visibility.isCausal,
                visibility.mask?.handle,
                scale,
                &output,
                &logSumExponential
            ),
            operands: [query, key, value]
        )
        guard let output, let logSumExponential else {
            throw TorchError("flash_attention_cpu", "libtorch gave no tensor")
        }
        return (Tensor(adopting: output), Tensor(adopting: logSumExponential))
    }

    /// The backward of `cpu`: gradients of query, key and value.
    public static func cpuGradient(
        _ gradient: Tensor,
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        output: Tensor,
        logSumExponential: Tensor,
        _ visibility: Visibility,
        scale: Double
    ) throws(TorchError) -> (query: Tensor, key: Tensor, value: Tensor) {
        var results: (ctorch_tensor?, ctorch_tensor?, ctorch_tensor?)
        try check(
            "flash_attention_cpu_backward",
            ctorch_flash_attention_cpu_backward(
                gradient.handle,
                query.handle,
                key.handle,
                value.handle,
                output.handle,
                logSumExponential.handle,
                visibility.isCausal,
                visibility.mask?.handle,
                scale,
                &results.0,
                &results.1,
                &results.2
            ),
            operands: [gradient, query, key, value]
        )
        guard let query = results.0, let key = results.1, let value = results.2 else {
            throw TorchError("flash_attention_cpu_backward", "libtorch gave no tensor")
        }
        return (Tensor(adopting: query), Tensor(adopting: key), Tensor(adopting: value))
    }

    /// libtorch's choice of kernel for the device, differentiable
    /// (`scaled_dot_product_attention` in PyTorch).
    public static func automatic(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        _ visibility: Visibility,
        scale: Double
    ) throws(TorchError) -> Tensor {
        try tensor("scaled_dot_product_attention", query, key, value) {
            ctorch_scaled_dot_product_attention(
                query.handle,
                key.handle,
                value.handle,
                visibility.isCausal,
                visibility.mask?.handle,
                scale,
                $0
            )
        }
    }
}

extension FlashAttention.Visibility {
    fileprivate var isCausal: Bool { if case .causal = self { true } else { false } }
    fileprivate var mask: Tensor? { if case .mask(let mask) = self { mask } else { nil } }
}
