import OrderedJSON
public import PreferenceData
public import RunReports

/// What an evaluation found: means over all its preferences or their tokens.
public struct Evaluation: Sendable, Equatable {
    /// What the policy gives one pair, labelled answer or ranking.
    public struct Reward: Sendable, Equatable {
        /// Where the preference was read.
        public let source: RowSource
        /// Of its answers; of a pair chosen, then rejected.
        public let rewards: [Double]
        /// How good the answers are.
        public let judgement: Judgement

        /// A line for it.
        var json: JSONValue {
            var object = JSONObject([
                ("file", .string(source.file)), ("line", .integer(source.line)),
            ])
            object["element"] = source.element.map { .integer($0) }
            switch judgement {
            case .ranked([0, 1]):
                object["reward_chosen"] = .number(rewards[0])
                object["reward_rejected"] = .number(rewards[1])
                object["margin"] = .number(rewards[0] - rewards[1])
            case .labelled(let isWanted):
                object["reward"] = .number(rewards[0])
                object["label"] = .bool(isWanted)
            case .ranked(let ranks):
                object["rewards"] = .array(rewards.map { .number($0) })
                object["ranks"] = .array(ranks.map { .integer($0) })
            }
            return .object(object)
        }
    }

    /// The step after which it was made.
    public var step: Int
    /// Passes over the training data so far.
    public var epoch: Double
    /// How many preferences it has.
    public var count: Int
    /// Seconds that it took.
    public var seconds: Double
    /// Of each preference, in the order of the data; empty where they were not asked for.
    public var rewards: [Reward]
    /// Those of its numbers that losses and scores have.
    var metrics: StepMetrics

    /// Names and values in the order in which they are logged, behind the step.
    ///
    /// Names are TRL 1.16's, with `eval_` before them.
    public var named: [(name: String, value: MetricValue)] {
        [("epoch", .number(epoch))]
            + metrics.ofScores.map { ("eval_" + $0.name, $0.value) }
            + [("time/eval_seconds", .number(seconds))]
    }

    /// The value of a metric by its name, such as `eval_loss`.
    public func value(of name: String) -> Double? {
        switch named.first(where: { $0.name == name })?.value {
        case .integer(let value): Double(value)
        case .number(let value): value
        case nil: nil
        }
    }
}
