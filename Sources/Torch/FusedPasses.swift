import CTorch

/// Passes over rows that libtorch makes one after the other, each as one, on the CPU.
///
/// Tensors are float32 or bfloat16, all of them alike, and sums and elementary functions are
/// float32. Nothing here is recorded. Whoever calls these has the same formula in plain operations,
/// for other devices and dtypes.
public enum FusedPasses {
    /// How the weight of a norm comes in; in float32 the first two are the same.
    public enum NormForm: Sendable {
        /// Times the weight, behind the rounding to the dtype.
        case roundedFirst
        /// Times the weight, before the rounding.
        case roundedLast
        /// Times one plus the weight, before the rounding.
        case onePlusWeight
    }

    /// Whether tensors lie where these passes run, in a dtype that they know.
    public static func suit(_ first: Tensor, _ others: Tensor...) -> Bool {
        let dtype = first.dtype
        guard dtype == .float32 || dtype == .bfloat16, first.device == .cpu else { return false }
        return others.allSatisfy { $0.dtype == dtype && $0.device == .cpu }
    }

    /// x / √(mean(x²) + ε) · weight over the last dimension.
    ///
    /// - Parameters:
    ///   - x: `[…, size]`.
    ///   - weight: `[size]`.
    /// - Returns: the result, and what each row was multiplied with, float32, for the gradient.
    public static func normalized(
        _ x: Tensor,
        weight: Tensor,
        epsilon: Double,
        form: NormForm
    ) throws(TorchError) -> (output: Tensor, scales: Tensor) {
        let results = try tensors("fused rms_norm", [x, weight], count: 2) {
            ctorch_fused_rms_norm(x.handle, weight.handle, epsilon, form.raw, $0, $0 + 1)
        }
        return (results[0], results[1])
    }

    /// The gradients of `normalized`; nil where not needed.
    public static func normalizedGradient(
        _ gradient: Tensor,
        _ x: Tensor,
        weight: Tensor,
        scales: Tensor,
        form: NormForm,
        needsInput: Bool,
        needsWeight: Bool
    ) throws(TorchError) -> (input: Tensor?, weight: Tensor?) {
        var results: (ctorch_tensor?, ctorch_tensor?)
        try check(
            "fused rms_norm_backward",
            ctorch_fused_rms_norm_backward(
                gradient.handle,
                x.handle,
                weight.handle,
                scales.handle,
                form.raw,
                needsInput,
                needsWeight,
                &results.0,
                &results.1
            ),
            operands: [gradient, x, weight]
        )
        return (results.0.map(Tensor.init(adopting:)), results.1.map(Tensor.init(adopting:)))
    }

    /// Turns the halves of what turns of each head against each other.
    ///
    /// - Parameters:
    ///   - x: `[sequence, head, headSize]`.
    ///   - cosine: `[sequence, 1, headSize]`; of what does not turn nothing is read.
    ///   - sine: `[sequence, 1, half]`.
    ///   - isBackward: whether to turn the other way, which is the gradient.
    public static func rotated(
        _ x: Tensor,
        cosine: Tensor,
        sine: Tensor,
        isBackward: Bool
    ) throws(TorchError) -> Tensor {
        try tensor("fused rotate", x, cosine, sine) {
            ctorch_fused_rotate(x.handle, cosine.handle, sine.handle, isBackward, $0)
        }
    }

    /// silu(gate) · up.
    public static func siluGated(_ gate: Tensor, _ up: Tensor) throws(TorchError) -> Tensor {
        try tensor("fused silu_gate", gate, up) {
            ctorch_fused_silu_gate(gate.handle, up.handle, $0)
        }
    }

    /// The gradients of `siluGated`.
    public static func siluGatedGradient(
        _ gradient: Tensor,
        _ gate: Tensor,
        _ up: Tensor
    ) throws(TorchError) -> (gate: Tensor, up: Tensor) {
        let operands = [gradient, gate, up]
        let results = try tensors("fused silu_gate_backward", operands, count: 2) {
            ctorch_fused_silu_gate_backward(gradient.handle, gate.handle, up.handle, $0, $0 + 1)
        }
        return (results[0], results[1])
    }

    /// What rows of logits say of their targets.
    ///
    /// - Parameters:
    ///   - logits: `[rows, vocabulary]`.
    ///   - targets: `[rows]`, int64.
    /// - Returns: `[rows, 6]`, float32: the logarithm of the softmax' denominator, the target's
    ///   log-probability, the entropy, the mean logit, 1 where the target is the first of the
    ///   largest and else 0, and log Σ p².
    public static func scores(_ logits: Tensor, targets: Tensor) throws(TorchError) -> Tensor {
        try tensor("fused scores", logits, targets) {
            ctorch_fused_scores(logits.handle, targets.handle, $0)
        }
    }

    /// Replaces logits by their gradients, for a gradient of each target's log-probability.
    ///
    /// - Parameters:
    ///   - normalizers: the first column of `scores`.
    ///   - gradients: one per row, float32.
    public static func replaceByGradients(
        _ logits: Tensor,
        targets: Tensor,
        normalizers: Tensor,
        gradients: Tensor
    ) throws(TorchError) {
        try check(
            "fused scores_backward_",
            ctorch_fused_scores_backward_(
                logits.handle,
                targets.handle,
                normalizers.handle,
                gradients.handle
            ),
            operands: [logits, targets, normalizers, gradients]
        )
    }
}

extension FusedPasses.NormForm {
    fileprivate var raw: ctorch_norm_form {
        switch self {
        case .roundedFirst: CTORCH_NORM_ROUNDED_FIRST
        case .roundedLast: CTORCH_NORM_ROUNDED_LAST
        case .onePlusWeight: CTORCH_NORM_ONE_PLUS_WEIGHT
        }
    }
}
