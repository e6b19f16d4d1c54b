import CTorch

extension Tensor {
    /// The matrix product, over leading dimensions where there are any (`matmul` in PyTorch).
    public func matrixProduct(_ other: Tensor) throws(TorchError) -> Tensor {
        if WidenedProduct.pays(self, other) {
            if shape.count == 2, other.shape.count == 2 {
                return try WidenedProduct.linear(self, other.transposed, bias: nil)
            }
            return try to(.float32).matrixProduct(other.to(.float32)).to(dtype)
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
        if shape.count == 2, WidenedProduct.pays(self, weight) {
            return try WidenedProduct.linear(self, weight, bias: bias)
        }
        return try tensor("linear", self, weight) {
            ctorch_linear(handle, weight.handle, bias?.handle, $0)
        }
    }

    /// Adds a matrix product to this matrix.
    public func addMatrixProductInPlace(_ left: Tensor, _ right: Tensor) throws(TorchError) {
        if WidenedProduct.pays(left, right) {
            return try WidenedProduct.write(left, times: right, onto: self, into: self)
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
