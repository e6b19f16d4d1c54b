import CTorch

extension Tensor {
    /// The matrix product, over leading dimensions where there are any (`matmul` in PyTorch).
    public func matrixProduct(_ other: Tensor) throws(TorchError) -> Tensor {
        if WidenedProduct.pays(self, other) {
            guard shape.count == 2, other.shape.count == 2 else {
                return try to(.float32).matrixProduct(other.to(.float32)).to(dtype)
            }
            if shape[1] == other.shape[0] {
                return try WidenedProduct.linear(self, other.transposed, bias: nil)
            }
        }
        return try tensor("matmul", self, other) { ctorch_matmul(handle, other.handle, $0) }
    }

    /// The product with a transposed weight, plus a bias (`linear` in PyTorch).
    ///
    /// - Parameters:
    ///   - weight: `[outputs, inputs]`.
    ///   - bias: `[outputs]`.
    /// - Returns: `[…, outputs]` for a tensor `[…, inputs]`.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
        // What does not fit is libtorch's to refuse.
        if shape.count == 2, WidenedProduct.pays(self, weight), shape[1] == weight.shape[1],
            bias.map({ $0.shape == [weight.shape[0]] }) ?? true
        {
            return try WidenedProduct.linear(self, weight, bias: bias)
        }
        return try tensor("linear", self, weight) {
            ctorch_linear(handle, weight.handle, bias?.handle, $0)
        }
    }

    /// Adds a matrix product to this matrix.
    public func addMatrixProductInPlace(_ left: Tensor, _ right: Tensor) throws(TorchError) {
        if WidenedProduct.pays(left, right), left.shape[1] == right.shape[0],
            shape == [left.shape[0], right.shape[1]], dtype == .bfloat16
        {
            return try WidenedProduct.write(left, times: right, into: self, adds: true)
        }
        try check(
            "addmm_",
            ctorch_addmm_(handle, left.handle, right.handle),
            operands: [self, left, right]
        )
    }

    /// The matrix with rows and columns exchanged: a view.
    public var transposed: Tensor { get throws(TorchError) { try transposed(0, 1) } }
}
