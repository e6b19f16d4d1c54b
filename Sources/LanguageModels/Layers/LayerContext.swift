import TokenTrees
import Torch

/// What all layers of a decoder read of a batch beside the hidden states.
struct LayerContext {
    /// Who sees whom: of rows of sequences that grow a span each, without context.
    let spans: [AttentionSpan]
    /// The decoder's rotary embeddings; none where positions come otherwise.
    let rotary: [RotaryEmbedding]
    /// What routers do is noted here, for all rows.
    var trace: RouterTrace?
    /// Where in training the rows are; the model's own dropout drops nothing where nil.
    let dropout: DropoutPlace?
    /// What the model's layers compute.
    let mode: ComputeMode
    /// What is kept for the backward.
    var checkpointing = ActivationCheckpointing.off
    /// Of sequences that grow, per span, what the layer keeps; nil where nothing is kept.
    var past: [Past]?

    /// A sequence's rows before a span's.
    struct Past {
        /// How many there are.
        let count: Int
        let cache: KeyValueCache
    }

    /// Attention of the batch's rows: see `TreeAttention.attend`.
    ///
    /// Keys and values are stored where the layer keeps them, and rows see those stored earlier;
    /// then nothing is dropped.
    ///
    /// - Parameter dropout: of the probabilities.
    func attend(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        scale: Double,
        window: Int? = nil,
        softCap: Double? = nil,
        dropout: Dropout
    ) throws(TorchError) -> Tensor {
        guard let past else {
            return try TreeAttention.attend(
                query,
                key,
                value,
                spans: spans,
                scale: scale,
                window: window,
                softCap: softCap,
                dropout: dropout.mask(at: self.dropout)
            )
        }
        var outputs: [Tensor] = []
        for (span, past) in zip(spans, past) {
            let (key, value) = try (key.narrowed(span.rows), value.narrowed(span.rows))
            let all = try past.cache.store(key, value, from: past.count)
            outputs.append(
                try past.count > 0
                    ? TreeAttention.attendLatest(
                        query.narrowed(span.rows),
                        all.key,
                        all.value,
                        scale: scale,
                        window: window,
                        softCap: softCap
                    )
                    : TreeAttention.attend(
                        query.narrowed(span.rows),
                        key,
                        value,
                        spans: [AttentionSpan(rows: 0..<span.rows.count, context: [])],
                        scale: scale,
                        window: window,
                        softCap: softCap
                    )
            )
        }
        return outputs.count == 1 ? outputs[0] : try Tensor.concatenated(outputs)
    }
}
