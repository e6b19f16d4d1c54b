import CTorch

/// Runs a function whose operations are not recorded for differentiation.
///
/// libtorch keeps this switch per thread. The function cannot suspend, so the switch is always
/// turned back on the thread it was turned on.
public func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    try recording(false, body)
}

/// Runs a function with its operations recorded for differentiation, or without.
func recording<Result, Failure: Error>(
    _ isRecording: Bool,
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    var wasEnabled = false
    ctorch_get_grad_enabled(&wasEnabled)
    ctorch_set_grad_enabled(isRecording)
    defer { ctorch_set_grad_enabled(wasEnabled) }
    return try body()
}

/// Whether operations on this thread are recorded for differentiation.
public var isRecordingGradients: Bool {
    var isEnabled = false
    return ctorch_get_grad_enabled(&isEnabled) == CTORCH_OK && isEnabled
}

extension Tensor {
    /// Whether gradients flow to this tensor.
    public var requiresGradient: Bool {
        var result = false
        return ctorch_requires_grad(handle, &result) == CTORCH_OK && result
    }

    /// Asks for the gradient of a leaf, or no longer asks for it.
    public func setRequiresGradient(_ value: Bool) throws(TorchError) {
        try check("requires_grad_", ctorch_set_requires_grad(handle, value), operands: [self])
    }

    /// The gradient collected in this leaf, or nil where there is none.
    public var gradient: Tensor? {
        var gradient: ctorch_tensor?
        guard ctorch_grad(handle, &gradient) == CTORCH_OK else { return nil }
        return gradient.map(Tensor.init(adopting:))
    }

    /// Sets the gradient of this leaf; nil lets it go.
    public func setGradient(_ gradient: Tensor?) throws(TorchError) {
        try check(
            "set gradient",
            ctorch_set_grad(handle, gradient?.handle),
            operands: [self] + (gradient.map { [$0] } ?? [])
        )
    }

    /// Has a function called whenever a backward has added to the gradient of this leaf; nil ends
    /// that.
    ///
    /// What it throws comes out of `backward()`. `addingToGradient(_:)` does not call it.
    public func afterGradient(
        _ body: (() throws(TorchError) -> Void)?
    ) throws(TorchError) {
        guard let body else {
            return try check(
                "gradient hook",
                ctorch_set_gradient_hook(handle, nil, nil, nil),
                operands: [self]
            )
        }
        try check(
            "gradient hook",
            ctorch_set_gradient_hook(
                handle,
                runHook,
                Unmanaged.passRetained(HookBox(body)).toOpaque(),
                releaseHook
            ),
            operands: [self]
        )
    }

    /// Gives this tensor its share of a gradient, in the backward of a custom gradient.
    ///
    /// A leaf's gradient is added to in place: a share that comes in pieces, or that is mostly
    /// zeros, then needs no tensor of its own.
    ///
    /// - Parameter add: adds the share to a tensor of this one's shape and dtype.
    /// - Returns: what the backward returns for this input: nil for a leaf, else the share.
    public func addingToGradient(
        _ add: (Tensor) throws(TorchError) -> Void
    ) throws(TorchError) -> Tensor? {
        var isLeaf = false
        try check("is_leaf", ctorch_is_leaf(handle, &isLeaf), operands: [self])
        let known = isLeaf ? gradient : nil
        let sum: Tensor
        if let known { sum = known } else { sum = try Tensor.zeros(shape, dtype, on: device) }
        try add(sum)
        sum.releasePages()
        guard isLeaf else { return sum }
        if known == nil { try setGradient(sum) }
        return nil
    }

    /// The same elements without their history: a view that no gradient flows through.
    public func detached() throws(TorchError) -> Tensor {
        try tensor("detach", self) { ctorch_detach(handle, $0) }
    }

    /// Differentiates this scalar: adds to the gradients of the leaves it was computed from.
    ///
    /// The history is let go; a second call is an error.
    public func backward() throws(TorchError) {
        try check("backward", ctorch_backward(handle), operands: [self])
    }
}

/// A closure where a leaf can hold it.
private final class HookBox {
    let body: () throws(TorchError) -> Void
    init(_ body: @escaping () throws(TorchError) -> Void) { self.body = body }
}

private func releaseHook(state: UnsafeMutableRawPointer?) {
    if let state { Unmanaged<HookBox>.fromOpaque(state).release() }
}

/// The C face of a hook.
private func runHook(state: UnsafeMutableRawPointer?) -> ctorch_status {
    guard let state else { return CTORCH_OK }
    do throws(TorchError) {
        let hook = Unmanaged<HookBox>.fromOpaque(state).takeUnretainedValue()
        try withoutGradients(hook.body)
        return CTORCH_OK
    } catch {
        return failed(error)
    }
}

/// Hands an error of Swift's to libtorch, which brings it back.
func failed(_ error: TorchError) -> ctorch_status {
    ctorch_set_last_error("\(error)")
    return error.kind == .outOfMemory ? CTORCH_OUT_OF_MEMORY : CTORCH_ERROR
}
