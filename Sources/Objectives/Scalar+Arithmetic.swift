extension Scalar {
    /// Adds.
    public static func + (left: Scalar, right: Scalar) -> Scalar {
        Scalar(left.value + right.value, [left, right], [1, 1])
    }

    /// Subtracts.
    public static func - (left: Scalar, right: Scalar) -> Scalar {
        Scalar(left.value - right.value, [left, right], [1, -1])
    }

    /// Multiplies.
    public static func * (left: Scalar, right: Scalar) -> Scalar {
        Scalar(left.value * right.value, [left, right], [right.value, left.value])
    }

    /// Divides.
    public static func / (left: Scalar, right: Scalar) -> Scalar {
        let quotient = left.value / right.value
        return Scalar(quotient, [left, right], [1 / right.value, -quotient / right.value])
    }

    /// The negative.
    public static prefix func - (operand: Scalar) -> Scalar {
        Scalar(-operand.value, [operand], [-1])
    }

    /// Adds a constant.
    public static func + (left: Scalar, right: Double) -> Scalar { left + Scalar(right) }
    /// Adds to a constant.
    public static func + (left: Double, right: Scalar) -> Scalar { Scalar(left) + right }
    /// Subtracts a constant.
    public static func - (left: Scalar, right: Double) -> Scalar { left - Scalar(right) }
    /// Subtracts from a constant.
    public static func - (left: Double, right: Scalar) -> Scalar { Scalar(left) - right }
    /// Multiplies with a constant.
    public static func * (left: Scalar, right: Double) -> Scalar { left * Scalar(right) }
    /// Multiplies a constant.
    public static func * (left: Double, right: Scalar) -> Scalar { Scalar(left) * right }
    /// Divides by a constant.
    public static func / (left: Scalar, right: Double) -> Scalar { left / Scalar(right) }
}

extension Sequence<Scalar> {
    /// The sum; 0 of nothing.
    public func sum() -> Scalar {
        let terms = Array(self)
        return Scalar(
            terms.reduce(0) { $0 + $1.value },
            terms.isEmpty ? [Scalar(0)] : terms,
            Array(repeating: 1, count: Swift.max(1, terms.count))
        )
    }
}
