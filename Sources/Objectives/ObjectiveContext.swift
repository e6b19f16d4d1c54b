/// What an objective is computed with, beside the scores.
public struct ObjectiveContext: Sendable {
    private let values: [ObjectiveParameter.Name: Double]
    /// What log-ratios are replaced by.
    public let divergence: Divergence
    /// The level that rewards are compared with, where the objective has one; see
    /// `Objective.ReferencePoint`.
    public let referencePoint: Double
    /// What the whole step has.
    public let counts: StepCounts

    /// The defaults of an objective's parameters, apart from what is given.
    ///
    /// - Parameter values: of parameters that the objective has; `ObjectiveSelection` checks them.
    public init(
        _ objective: Objective,
        values: [ObjectiveParameter.Name: Double] = [:],
        divergence: Divergence = .reverseKL,
        referencePoint: Double = 0,
        counts: StepCounts = StepCounts()
    ) {
        self.values = objective.defaults.merging(values) { $1 }
        self.divergence = divergence
        self.referencePoint = referencePoint
        self.counts = counts
    }

    /// The value of a parameter that the objective has.
    public subscript(name: ObjectiveParameter.Name) -> Double {
        guard let value = values[name] else {
            preconditionFailure("the objective does not list its parameter \(name.rawValue)")
        }
        return value
    }

    /// h with the divergence's scores in the place of log-ratios: f′(chosen) − f′(rejected).
    func margin(_ pair: ScoredPair) -> Scalar {
        divergence.score(pair.chosen.logRatio) - divergence.score(pair.rejected.logRatio)
    }

    /// h̄: the same, each side's score divided by its number of tokens.
    func meanMargin(_ pair: ScoredPair) -> Scalar {
        divergence.score(pair.chosen.logRatio) / Double(pair.chosen.tokenCount)
            - divergence.score(pair.rejected.logRatio) / Double(pair.rejected.tokenCount)
    }

    /// β·h, less the lead that the pair itself asks for.
    func reward(_ pair: ScoredPair) -> Scalar { self[.beta] * margin(pair) - pair.margin }

    /// −log π(chosen), so that the mean over the step's pairs is the mean over its chosen tokens.
    func likelihoodLoss(_ pair: ScoredPair) -> Scalar { likelihoodLoss(pair.chosen) }

    /// −log π(answer), so that the mean over the step's losses is the mean over its chosen tokens.
    func likelihoodLoss(_ answer: AnswerScore) -> Scalar {
        -answer.likelihood * (Double(counts.losses) / Double(max(1, counts.chosenTokens)))
    }
}

extension Objective {
    /// Its parameters' defaults.
    public var defaults: [ObjectiveParameter.Name: Double] {
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.defaultValue) })
    }
}
