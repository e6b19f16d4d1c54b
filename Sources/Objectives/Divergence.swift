import Foundation

/// The f-divergence that holds the policy to the reference: f-DPO, arXiv:2309.16240.
///
/// Objectives that allow it take f′(ratio) in the place of the log-ratio, where ratio is
/// π(answer) / π_ref(answer). Of additive constants nothing is left where only a difference of
/// answers counts, but IPO and `sigmoid_norm` divide each side by its own length: there a constant
/// favours a length.
public struct Divergence: Sendable, Equatable, Codable {
    /// The divergences, by TRL's names.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// f′ = log ratio: DPO itself.
        case reverseKL = "reverse_kl"
        /// f′ = 1 − 1/ratio.
        case forwardKL = "forward_kl"
        /// f′ = log 2 + log σ(log ratio).
        case jensenShannon = "js_divergence"
        /// f′ = (ratio^(α−1) − 1) / (α − 1).
        case alpha = "alpha_divergence"
    }

    /// Which one.
    public var kind: Kind
    /// α of the α-divergence; at 1 it is reverse KL.
    public var alpha: Double
    /// Whether f′ has its additive constant, as in TRL 1.16; TRL 1.10 leaves it out.
    public var keepsConstant: Bool

    /// A divergence with TRL's default of α.
    public init(_ kind: Kind, alpha: Double = 0.5, keepsConstant: Bool = true) {
        self.kind = kind
        self.alpha = alpha
        self.keepsConstant = keepsConstant
    }

    /// The one of DPO.
    public static let reverseKL = Divergence(.reverseKL)

    /// f′ of a log-ratio.
    ///
    /// Exponents are held to at most 80, so that no ratio is infinite.
    public func score(_ logRatio: Scalar) -> Scalar {
        switch kind {
        case .reverseKL: return logRatio
        case .forwardKL: return (keepsConstant ? 1 : 0) - boundedExponential(-logRatio)
        case .jensenShannon: return (keepsConstant ? M_LN2 : 0) + logSigmoid(logRatio)
        case .alpha:
            let exponent = alpha - 1
            // The limit: the quotient itself would lose all its digits.
            if abs(exponent) < 1e-6 { return logRatio }
            let power = boundedExponential(exponent * logRatio)
            return (power - (keepsConstant ? 1 : 0)) / exponent
        }
    }
}
