import Files
package import Objectives
public import PreferenceData

/// When a policy is evaluated, and what follows from it.
public struct EvaluationPlan {
    /// A metric by which one model is better than another.
    public struct Metric: Sendable, Equatable {
        /// Its name, such as `eval_loss`.
        public let name: String
        /// Whether more of it is better.
        public let prefersMore: Bool

        /// All there are.
        public static let all = [
            Metric(name: "eval_loss", prefersMore: false),
            Metric(name: "eval_rewards/accuracies", prefersMore: true),
            Metric(name: "eval_rewards/margins", prefersMore: true),
            Metric(name: "eval_rewards/chosen", prefersMore: true),
            Metric(name: "eval_rewards/rejected", prefersMore: false),
            Metric(name: "eval_logps/chosen", prefersMore: true),
            Metric(name: "eval_logps/rejected", prefersMore: false),
            Metric(name: "eval_mean_token_accuracy", prefersMore: true),
        ]

        /// Refuses a metric that evaluations with an objective do not have.
        ///
        /// - Throws: `SettingError`.
        package func requireFit(_ objective: ObjectiveSelection) throws {
            var metrics = StepMetrics()
            metrics.judgesAnswers = objective.judgesAnswers
            let known = metrics.ofScores.map { "eval_" + $0.name }
            guard !known.contains(name) else { return }
            throw SettingError(
                "best-metric",
                found: "\(name), which this objective does not have",
                allowed: Self.all.map(\.name).filter(known.contains).joined(separator: " or ")
            )
        }

        /// Whether a value is better than another one; what is no number is not.
        func isBetter(_ value: Double, than other: Double) -> Bool {
            prefersMore ? value > other : value < other
        }
    }

    /// What it is evaluated on.
    public let preferences: any RandomAccessCollection<Preference>
    /// After every so many steps, at least 1, and after the last; nil for after the last alone.
    public var steps: Int?
    /// By what the best model is told, which is then the result; nil where the last one is.
    public var bestMetric: Metric?
    /// After how many evaluations that found no better model training ends; nil for never.
    public var patience: Int?
    /// Whether evaluations have the rewards of every preference.
    public var keepsRewards: Bool

    /// Makes a plan.
    ///
    /// - Parameter preferences: at least one, of the kind that the objective is for.
    public init(
        _ preferences: any RandomAccessCollection<Preference>,
        steps: Int? = nil,
        bestMetric: Metric? = nil,
        patience: Int? = nil,
        keepsRewards: Bool = false
    ) {
        self.preferences = preferences
        self.steps = steps
        self.bestMetric = bestMetric
        self.patience = patience
        self.keepsRewards = keepsRewards
    }

    /// Checks every value against its range.
    func validate(_ objective: ObjectiveSelection) throws {
        try bestMetric?.requireFit(objective)
        if let steps, steps < 1 {
            throw SettingError("evaluate-every", found: "\(steps)", allowed: "at least 1 step")
        }
        if let patience, patience < 1 {
            throw SettingError("early-stopping", found: "\(patience)", allowed: "at least 1")
        }
        precondition(patience == nil || bestMetric != nil, "patience goes with a metric")
        precondition(!preferences.isEmpty, "there is nothing to evaluate on")
    }
}
