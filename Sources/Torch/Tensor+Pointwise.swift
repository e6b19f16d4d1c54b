import CTorch

// Shapes are broadcast as in PyTorch. Dtypes follow libtorch's promotion; layers that care convert
// explicitly.
extension Tensor {
    /// Adds element by element.
    public static func + (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try tensor("add", left, right) { ctorch_add(left.handle, right.handle, $0) }
    }

    /// Subtracts element by element.
    public static func - (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try tensor("sub", left, right) { ctorch_sub(left.handle, right.handle, $0) }
    }

    /// Multiplies element by element.
    public static func * (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try tensor("mul", left, right) { ctorch_mul(left.handle, right.handle, $0) }
    }

    /// Divides element by element.
    public static func / (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try tensor("div", left, right) { ctorch_div(left.handle, right.handle, $0) }
    }

    /// Adds a number to every element.
    public static func + (left: Tensor, right: Double) throws(TorchError) -> Tensor {
        try tensor("add", left) { ctorch_add_scalar(left.handle, right, $0) }
    }

    /// Subtracts a number from every element.
    public static func - (left: Tensor, right: Double) throws(TorchError) -> Tensor {
        try left + -right
    }

    /// Multiplies every element with a number.
    public static func * (left: Tensor, right: Double) throws(TorchError) -> Tensor {
        try tensor("mul", left) { ctorch_mul_scalar(left.handle, right, $0) }
    }

    /// Divides every element by a number.
    public static func / (left: Tensor, right: Double) throws(TorchError) -> Tensor {
        try tensor("div", left) { ctorch_div_scalar(left.handle, right, $0) }
    }

    /// The negative of every element.
    public static prefix func - (operand: Tensor) throws(TorchError) -> Tensor {
        try tensor("neg", operand) { ctorch_neg(operand.handle, $0) }
    }

    /// Where an element is greater than the other's: a tensor of booleans.
    public func isGreater(than other: Tensor) throws(TorchError) -> Tensor {
        try tensor("gt", self, other) { ctorch_gt(handle, other.handle, $0) }
    }

    /// Where an element equals the other's: a tensor of booleans.
    public func isElementwiseEqual(to other: Tensor) throws(TorchError) -> Tensor {
        try tensor("eq", self, other) { ctorch_eq(handle, other.handle, $0) }
    }

    /// The exponential of every element.
    public func exponential() throws(TorchError) -> Tensor {
        try tensor("exp", self) { ctorch_exp(handle, $0) }
    }

    /// The cosine of every element, in radians.
    public func cosine() throws(TorchError) -> Tensor {
        try tensor("cos", self) { ctorch_cos(handle, $0) }
    }

    /// The sine of every element, in radians.
    public func sine() throws(TorchError) -> Tensor {
        try tensor("sin", self) { ctorch_sin(handle, $0) }
    }

    /// The square root of every element.
    public func squareRoot() throws(TorchError) -> Tensor {
        try tensor("sqrt", self) { ctorch_sqrt(handle, $0) }
    }

    /// One over the square root of every element.
    public func reciprocalSquareRoot() throws(TorchError) -> Tensor {
        try tensor("rsqrt", self) { ctorch_rsqrt(handle, $0) }
    }

    /// The hyperbolic tangent of every element.
    public func hyperbolicTangent() throws(TorchError) -> Tensor {
        try tensor("tanh", self) { ctorch_tanh(handle, $0) }
    }

    /// x · sigmoid(x), also known as swish.
    public func silu() throws(TorchError) -> Tensor {
        try tensor("silu", self) { ctorch_silu(handle, $0) }
    }

    /// The gradient of `silu()` of this tensor, for a gradient of its result.
    public func siluGradient(_ gradient: Tensor) throws(TorchError) -> Tensor {
        try tensor("silu_backward", self, gradient) {
            ctorch_silu_backward(gradient.handle, handle, $0)
        }
    }

    /// x · Φ(x) with the normal distribution function Φ (arXiv:1606.08415).
    ///
    /// - Parameter withTanh: Φ by its approximation ½ (1 + tanh(√(2/π) (x + 0.044715 x³))).
    public func gelu(withTanh: Bool) throws(TorchError) -> Tensor {
        try tensor("gelu", self) { ctorch_gelu(handle, withTanh, $0) }
    }

    /// The gradient of `gelu(withTanh:)` of this tensor, for a gradient of its result.
    public func geluGradient(_ gradient: Tensor, withTanh: Bool) throws(TorchError) -> Tensor {
        try tensor("gelu_backward", self, gradient) {
            ctorch_gelu_backward(gradient.handle, handle, withTanh, $0)
        }
    }

    /// A copy with one value where a mask of booleans is true.
    public func filled(where mask: Tensor, with value: Double) throws(TorchError) -> Tensor {
        try tensor("masked_fill", self, mask) {
            ctorch_masked_fill(handle, mask.handle, value, $0)
        }
    }

    /// Adds another tensor times a number to the elements.
    public func addInPlace(_ other: Tensor, scale: Double = 1) throws(TorchError) {
        try check("add_", ctorch_add_(handle, other.handle, scale), operands: [self, other])
    }

    /// Multiplies the elements with those of another tensor.
    public func multiplyInPlace(_ other: Tensor) throws(TorchError) {
        try check("mul_", ctorch_mul_(handle, other.handle), operands: [self, other])
    }

    /// Multiplies the elements with a number.
    public func multiplyInPlace(_ other: Double) throws(TorchError) {
        try check("mul_", ctorch_mul_scalar_(handle, other), operands: [self])
    }

    /// Adds the product of two tensors and a number to the elements (`addcmul_` in PyTorch).
    public func addProductInPlace(
        _ first: Tensor,
        _ second: Tensor,
        scale: Double = 1
    ) throws(TorchError) {
        try check(
            "addcmul_",
            ctorch_addcmul_(handle, first.handle, second.handle, scale),
            operands: [self, first, second]
        )
    }

    /// Replaces every element by its exponential.
    public func exponentiateInPlace() throws(TorchError) {
        try check("exp_", ctorch_exp_(handle), operands: [self])
    }
}
