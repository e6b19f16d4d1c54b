import CTorch

/// The results of a function with a gradient of its own.
public struct CustomGradient {
    /// Gradients of the outputs in, gradients of the inputs out.
    ///
    /// The second argument tells for each input whether its gradient is asked for; nil may be
    /// returned where it is not, or where it is zero.
    public typealias Backward = ([Tensor], [Bool]) throws(TorchError) -> [Tensor?]

    /// What the function computed.
    public var outputs: [Tensor]
    /// How gradients flow back; it may hold the outputs, which get no history themselves.
    public var backward: Backward

    /// Pairs outputs with their backward.
    public init(_ outputs: [Tensor], backward: @escaping Backward) {
        self.outputs = outputs
        self.backward = backward
    }
}

/// Computes a function that brings its own gradient into libtorch's automatic differentiation.
///
/// `body` runs at once and without recording. Its backward runs when a result is differentiated,
/// on the differentiating thread for CPU tensors, and is let go when it has run, or with the
/// graph. Second derivatives are not defined.
///
/// - Parameter inputs: every tensor that gradients shall flow to.
/// - Returns: the outputs, recorded.
/// - Throws: what `body` throws; an error of the backward comes out of `Tensor.backward()`.
public func withCustomGradient(
    _ inputs: [Tensor],
    _ body: () throws(TorchError) -> CustomGradient
) throws(TorchError) -> [Tensor] {
    let result = try withoutGradients(body)
    guard isRecordingGradients, inputs.contains(where: \.requiresGradient) else {
        return result.outputs
    }
    let state = Unmanaged.passRetained(BackwardBox(result.backward)).toOpaque()
    let inputHandles = inputs.handles
    let outputHandles = result.outputs.handles
    var results = [ctorch_tensor?](repeating: nil, count: outputHandles.count)
    try check(
        "custom function",
        ctorch_custom_function(
            inputHandles,
            inputHandles.count,
            outputHandles,
            outputHandles.count,
            state,
            runBackward,
            releaseBackward,
            &results
        ),
        operands: inputs
    )
    return results.compactMap { $0.map(Tensor.init(adopting:)) }
}

/// A closure where the graph can hold it.
private final class BackwardBox {
    let backward: CustomGradient.Backward
    init(_ backward: @escaping CustomGradient.Backward) { self.backward = backward }
}

private func releaseBackward(state: UnsafeMutableRawPointer?) {
    if let state { Unmanaged<BackwardBox>.fromOpaque(state).release() }
}

/// The C face of a backward closure: borrowed gradients in, owned gradients out.
private func runBackward(
    state: UnsafeMutableRawPointer?,
    gradients: UnsafePointer<ctorch_tensor?>?,
    gradientCount: Int,
    needs: UnsafePointer<Bool>?,
    results: UnsafeMutablePointer<ctorch_tensor?>?,
    resultCount: Int
) -> ctorch_status {
    do throws(TorchError) {
        guard let state, let gradients, let needs, let results else {
            throw TorchError("custom backward", "libtorch passed no arguments")
        }
        let box = Unmanaged<BackwardBox>.fromOpaque(state).takeUnretainedValue()
        var borrowed: [Tensor] = []
        for index in 0..<gradientCount {
            let handle = gradients[index]
            borrowed.append(try tensor("detach") { ctorch_detach(handle, $0) })
        }
        let flags = Array(UnsafeBufferPointer(start: needs, count: resultCount))
        let computed = try withoutGradients { () throws(TorchError) in
            try box.backward(borrowed, flags)
        }
        guard computed.count == resultCount else {
            throw TorchError(
                "custom backward",
                "\(computed.count) gradients were returned for \(resultCount) inputs"
            )
        }
        for (index, gradient) in computed.enumerated() {
            guard let gradient else { continue }
            // A handle of its own: the Swift object frees its one when it goes.
            var owned: ctorch_tensor?
            try check("detach", ctorch_detach(gradient.handle, &owned))
            results[index] = owned
        }
        return CTORCH_OK
    } catch {
        return failed(error)
    }
}
