import TokenTrees
import Torch

extension TreeAttention {
    /// Attention by the kernel for the CPU, all spans in one call.
    static func fused(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        spans: [AttentionSpan],
        scale: Double,
        window: Int?
    ) throws(TorchError) -> Tensor {
        let attention = SpanAttention(
            rows: spans.map(\.rows),
            contexts: spans.map(\.context),
            window: window,
            scale: scale
        )
        return try withCustomGradient([query, key, value]) { () throws(TorchError) in
            let (output, logSumExponential) = try attention.output(query, key, value)
            let saved = try output.detached()
            return CustomGradient([output]) { (gradients, _) throws(TorchError) in
                try attention.gradients(
                    gradients[0],
                    query,
                    key,
                    value,
                    output: saved,
                    logSumExponential: logSumExponential
                )
            }
        }[0]
    }
}
