import CTorch

extension Tensor {
    /// This tensor with another dtype, on another device, or itself where nothing changes.
    public func to(_ dtype: DType? = nil, on device: Device? = nil) throws(TorchError) -> Tensor {
        let dtype = dtype ?? self.dtype
        let device = device ?? self.device
        guard dtype != self.dtype || device != self.device else { return self }
        return try tensor("to", self) { ctorch_to(handle, dtype.raw, device.raw, $0) }
    }

    /// A copy with storage of its own.
    public func cloned() throws(TorchError) -> Tensor {
        try tensor("clone", self) { ctorch_clone(handle, $0) }
    }

    /// This tensor in row-major order without gaps: itself where it is so already.
    public func contiguous() throws(TorchError) -> Tensor {
        try tensor("contiguous", self) { ctorch_contiguous(handle, $0) }
    }

    /// Overwrites the elements with those of another tensor, whose shape can be broadcast to this
    /// one's, converting dtype and device.
    public func copyInPlace(_ source: Tensor) throws(TorchError) {
        try check("copy_", ctorch_copy_(handle, source.handle), operands: [self, source])
    }

    /// Overwrites every element with one value.
    public func fillInPlace(_ value: Double) throws(TorchError) {
        try check("fill_", ctorch_fill_(handle, value), operands: [self])
    }
}
