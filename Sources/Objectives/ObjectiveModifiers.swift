import Foundation

/// What changes an objective's scores, weights or parameters, whichever objective it is.
public struct ObjectiveModifiers: Sendable, Equatable, Codable {
    /// Weights for what of an answer exceeds the other one: LD-DPO, arXiv:2409.06411.
    public struct LengthDesensitization: Sendable, Equatable, Codable {
        /// What a token counts beyond the length of the shorter answer, 0 to 1.
        public var alpha: Double
        /// Whether the reference's tokens are weighted too.
        ///
        /// So in TRL; LLaMA-Factory and ms-swift weight the policy's alone.
        public var onReference: Bool

        /// Weights for both models unless said otherwise.
        public init(alpha: Double, onReference: Bool = true) {
            self.alpha = alpha
            self.onReference = onReference
        }
    }

    /// What an answer's log-probability is.
    public enum LengthNormalization: String, Sendable, CaseIterable, Codable {
        /// The sum over its tokens, as in DPO's paper.
        case sum
        /// The mean per token, as in VerMind and in minimind of 2025.
        case mean
    }

    /// β that follows the step's margins: β-DPO, arXiv:2407.08639, without its filter of pairs.
    public struct AdaptiveBeta: Sendable, Equatable, Codable {
        /// How much β rises with a nat that the step's mean margin has above the running mean.
        public var sensitivity: Double

        /// The paper's sensitivity.
        public init(sensitivity: Double = 0.6) { self.sensitivity = sensitivity }
    }

    /// The divergence that holds the policy to the reference.
    public var divergence: Divergence
    /// LD-DPO's weights; nil for none.
    public var lengthDesensitization: LengthDesensitization?
    /// What objectives on sums are given.
    public var lengthNormalization: LengthNormalization
    /// Whether pairs count by how probable the policy finds them.
    ///
    /// WPO, arXiv:2406.11827, equation 2.
    public var usesPolicyWeights: Bool
    /// How β follows the margins; nil where it is what it is.
    public var adaptiveBeta: AdaptiveBeta?

    /// None, apart from what is given.
    public init(
        divergence: Divergence = .reverseKL,
        lengthDesensitization: LengthDesensitization? = nil,
        lengthNormalization: LengthNormalization = .sum,
        usesPolicyWeights: Bool = false,
        adaptiveBeta: AdaptiveBeta? = nil
    ) {
        self.divergence = divergence
        self.lengthDesensitization = lengthDesensitization
        self.lengthNormalization = lengthNormalization
        self.usesPolicyWeights = usesPolicyWeights
        self.adaptiveBeta = adaptiveBeta
    }

    /// A step with what an objective can take of the weights and means.
    func apply(to step: ScoredStep, for objective: Objective) -> ScoredStep {
        var step = step
        if let desensitization = lengthDesensitization, objective.allowsLengthDesensitization,
            case .pairs(let pairs) = step
        {
            step = .pairs(pairs.map { $0.desensitized(desensitization) })
        }
        if lengthNormalization == .mean, objective.allowsLengthNormalization {
            step = step.mapAnswers { $0.perToken() }
        }
        return step
    }
}

extension ScoredPair {
    /// LD-DPO's weights on what each answer has beyond the shorter one.
    func desensitized(_ settings: ObjectiveModifiers.LengthDesensitization) -> ScoredPair {
        let shared = min(chosen.tokens.count, rejected.tokens.count)
        var pair = self
        pair.chosen = chosen.desensitized(beyond: shared, settings)
        pair.rejected = rejected.desensitized(beyond: shared, settings)
        return pair
    }

    /// WPO's weight: the probability per token of each answer, over what the policy gives to its
    /// own samples, both multiplied.
    var policyWeight: Double { chosen.policyWeight * rejected.policyWeight }
}

extension AnswerScore {
    fileprivate func desensitized(
        beyond length: Int,
        _ settings: ObjectiveModifiers.LengthDesensitization
    ) -> AnswerScore {
        guard tokens.count > length else { return self }
        var score = self
        score.policy =
            tokens.prefix(length).sum() + settings.alpha * tokens.dropFirst(length).sum()
        if settings.onReference {
            score.reference =
                referenceTokens.prefix(length).reduce(0, +)
                + settings.alpha * referenceTokens.dropFirst(length).reduce(0, +)
        }
        return score
    }

    fileprivate func perToken() -> AnswerScore {
        var score = self
        score.policy = policy / Double(tokenCount)
        score.reference = reference / Double(tokenCount)
        return score
    }

    fileprivate var policyWeight: Double {
        let sum = zip(tokens, logCollisions).reduce(0) { $0 + $1.0.value - $1.1 }
        return exp(min(80, sum / Double(tokenCount)))
    }
}
