import CTorch

/// Computes a function that keeps nothing but its input for the backward: it runs again there.
///
/// Of what `body` computes from, gradients flow to the input and to leaves; those of leaves are
/// added to them as `Tensor.backward()` does.
///
/// - Parameters:
///   - input: not changed in place before the backward.
///   - body: runs at once, and once more, recorded, when a result is differentiated. It has to
///     compute the same both times.
/// - Returns: the outputs, recorded.
/// - Throws: what `body` throws; an error of the second run comes out of `Tensor.backward()`.
public func recomputed(
    _ input: Tensor,
    _ body: @escaping (Tensor) throws -> [Tensor]
) throws -> [Tensor] {
    guard isRecordingGradients else { return try body(input) }
    let reachesInput = input.requiresGradient
    // Whether gradients flow to leaves alone shows only when it has been recorded.
    let outputs = try recording(!reachesInput) { try body(input) }
    guard reachesInput || outputs.contains(where: \.requiresGradient) else { return outputs }
    let kept = try input.detached()
    let entry = try reachesInput ? input : leaf(kept)
    return try withCustomGradient([entry]) {
        CustomGradient(outputs) { (gradients, _) throws(TorchError) in
            let input = try reachesInput ? leaf(kept) : kept
            let again = try OperationProfile.section(.recomputation) { () throws(TorchError) in
                do {
                    return try recording(true) { try body(input) }
                } catch {
                    throw error as? TorchError ?? TorchError("recomputation", "\(error)")
                }
            }
            let reached = zip(again, gradients).filter { $0.0.requiresGradient }
            let (results, slopes) = (reached.map { $0.0 }, reached.map { $0.1 })
            try check(
                "backward",
                ctorch_backward_from(results.handles, slopes.handles, results.count),
                operands: results
            )
            return [input.gradient]
        }
    }
}

/// The same elements with a history that begins here.
private func leaf(_ tensor: Tensor) throws(TorchError) -> Tensor {
    let leaf = try tensor.detached()
    try leaf.setRequiresGradient(true)
    return leaf
}
