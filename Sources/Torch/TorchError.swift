import CTorch

/// A failure of an operation in libtorch.
public struct TorchError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Kind: Sendable {
        /// Shapes, dtypes or devices that do not fit, an index out of range, ….
        case failure
        /// The device has no memory left. (On the CPU this is told where there is a limit:
        /// `TorchRuntime.limitMemory(to:)`.)
        case outOfMemory
    }

    /// What kind of failure it was.
    public let kind: Kind
    /// The operation that failed, by its name in PyTorch.
    public let operation: String
    /// libtorch's message, and where they matter the operands' shapes and dtypes.
    public let message: String

    /// Makes an error, for functions that check their arguments before libtorch does.
    public init(_ operation: String, _ message: String, kind: Kind = .failure) {
        self.kind = kind
        self.operation = operation
        self.message = message
    }

    /// The error as one line.
    public var description: String { "\(operation): \(message)" }
}

/// Turns the status of a call into an error.
func check(
    _ operation: StaticString,
    _ status: ctorch_status,
    operands: [Tensor] = []
) throws(TorchError) {
    guard status != CTORCH_OK else { return }
    var message = String(cString: ctorch_last_error())
    // libtorch's messages may go over several lines; ours are one.
    message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    if !operands.isEmpty {
        message += " (" + operands.map(\.summary).joined(separator: ", ") + ")"
    }
    throw TorchError(
        "\(operation)",
        message,
        kind: status == CTORCH_OUT_OF_MEMORY ? .outOfMemory : .failure
    )
}

/// Makes a tensor from a call that hands one out.
func tensor(
    _ operation: StaticString,
    _ operands: Tensor...,
    from call: (UnsafeMutablePointer<ctorch_tensor?>) -> ctorch_status
) throws(TorchError) -> Tensor {
    // By itself, for this is the way of almost all operations.
    var handle: ctorch_tensor?
    try check(operation, call(&handle), operands: operands)
    guard let handle else { throw TorchError("\(operation)", "libtorch gave no tensor") }
    return Tensor(adopting: handle)
}

/// Makes tensors from a call that hands out as many.
func tensors(
    _ operation: StaticString,
    _ operands: [Tensor],
    count: Int,
    from call: (UnsafeMutablePointer<ctorch_tensor?>) -> ctorch_status
) throws(TorchError) -> [Tensor] {
    var handles = [ctorch_tensor?](repeating: nil, count: count)
    let status = handles.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map(call) ?? CTORCH_OK
    }
    try check(operation, status, operands: operands)
    let results = handles.compactMap { $0.map(Tensor.init(adopting:)) }
    guard results.count == count else {
        throw TorchError("\(operation)", "libtorch gave no tensor")
    }
    return results
}
