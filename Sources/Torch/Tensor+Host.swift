import CTorch

extension Tensor {
    /// All elements in row-major order, in host memory.
    ///
    /// - Throws: `TorchError` where `Element` is not this tensor's dtype.
    public func elements<Element: TensorScalar>(
        as type: Element.Type = Element.self
    ) throws(TorchError) -> [Element] {
        guard dtype == Element.dtype else {
            throw TorchError(
                "elements",
                "a \(dtype.rawValue) tensor is read as \(Element.dtype.rawValue)"
            )
        }
        let count = count
        var status = CTORCH_OK
        let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let size = count * MemoryLayout<Element>.stride
            status = ctorch_tensor_copy_to_host(handle, buffer.baseAddress, size)
            initialized = status == CTORCH_OK ? count : 0
        }
        try check("copy to host", status, operands: [self])
        return elements
    }

    /// The one element of a tensor, as a `Double`.
    ///
    /// - Throws: `TorchError` where there is not exactly one, or it is no floating-point number.
    public func item() throws(TorchError) -> Double {
        guard count == 1, dtype.isFloatingPoint else {
            throw TorchError("item", "one floating-point element is needed, not \(summary)")
        }
        // In two steps: MPS has no float64.
        return try to(on: .cpu).to(.float64).elements(as: Double.self)[0]
    }

    /// Calls a function with the bytes of a contiguous CPU tensor, without a copy.
    ///
    /// - Throws: `TorchError` where the tensor is not contiguous or not on the CPU; what `body`
    ///   throws.
    public func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard device == .cpu, isContiguous else {
            throw TorchError("bytes", "a contiguous CPU tensor is needed, not \(self)")
        }
        var data: UnsafeMutableRawPointer?
        try check("data_ptr", ctorch_tensor_data(handle, &data))
        return try withExtendedLifetime(self) {
            try body(UnsafeRawBufferPointer(start: data, count: byteCount))
        }
    }

    /// Whether shape, dtype and every element are the same (not so where one is NaN).
    public func isEqual(to other: Tensor) throws(TorchError) -> Bool {
        var result = false
        try check("equal", ctorch_equal(handle, other.handle, &result), operands: [self, other])
        return result
    }
}

extension [Tensor] {
    /// The elements of each tensor in row-major order, in host memory; the host waits for their
    /// device once.
    ///
    /// - Throws: `TorchError` where they are not all float32 and on one device.
    public func elements() throws(TorchError) -> [[Float]] {
        guard !isEmpty else { return [] }
        if let other = first(where: { $0.dtype != .float32 }) {
            throw TorchError("elements", "float32 tensors are read at once, not \(other.summary)")
        }
        let all = try withoutGradients { () throws(TorchError) in
            try Tensor.concatenated(
                map { (tensor) throws(TorchError) in try tensor.reshaped([tensor.count]) }
            )
        }
        var rest = try all.elements(as: Float.self)[...]
        return map { tensor in
            defer { rest = rest.dropFirst(tensor.count) }
            return Array<Float>(rest.prefix(tensor.count))
        }
    }
}
