import Foundation

/// eˣ, with x held to at most 80 so that the result and its square stay finite.
///
/// TRL bounds the exponents of its α-divergence alike.
public func boundedExponential(_ x: Scalar) -> Scalar {
    let bound = 80.0
    let value = exp(min(x.value, bound))
    return Scalar(value, [x], [x.value > bound ? 0 : value])
}

/// σ(x) = 1 / (1 + e⁻ˣ).
public func logistic(_ x: Scalar) -> Scalar {
    let value = logistic(x.value)
    return Scalar(value, [x], [value * logistic(-x.value)])
}

/// log σ(x), exact for large |x|.
public func logSigmoid(_ x: Scalar) -> Scalar {
    Scalar(min(x.value, 0) - log1p(exp(-abs(x.value))), [x], [logistic(-x.value)])
}

/// max(0, x), with derivative 0 at 0 as in PyTorch.
public func positivePart(_ x: Scalar) -> Scalar {
    Scalar(max(0, x.value), [x], [x.value > 0 ? 1 : 0])
}

/// x².
public func squared(_ x: Scalar) -> Scalar { Scalar(x.value * x.value, [x], [2 * x.value]) }

/// log(1 − eˣ) of a log-probability x < 0, exact near 0 and far from it (Mächler 2012).
///
/// A log-probability above −10⁻¹² counts as −10⁻¹²: an answer that is certain has no finite odds.
public func logOneMinusExponential(_ x: Scalar) -> Scalar {
    let bound = -1e-12
    let clamped = min(x.value, bound)
    let value = clamped > -M_LN2 ? log(-expm1(clamped)) : log1p(-exp(clamped))
    return Scalar(value, [x], [x.value > bound ? 0 : 1 / (1 - exp(-clamped))])
}

/// log Σ exp(xᵢ) of at least one number.
public func logSumExponential(_ terms: [Scalar]) -> Scalar {
    precondition(!terms.isEmpty, "the logarithm of an empty sum")
    let largest = terms.map(\.value).max() ?? 0
    let sum = terms.reduce(0) { $0 + exp($1.value - largest) }
    let value = largest + log(sum)
    return Scalar(value, terms, terms.map { exp($0.value - value) })
}

/// σ(x) of a plain number.
func logistic(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}
