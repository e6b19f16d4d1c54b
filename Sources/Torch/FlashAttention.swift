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
