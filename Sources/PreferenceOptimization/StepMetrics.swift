public import RunReports

/// The numbers of one optimizer step: means over all its pairs or tokens, whatever its
/// micro-batches.
///
/// Names and definitions are TRL 1.16's, apart from those under `time/`, `throughput/` and
/// `memory/`, which TRL does not have.
public struct StepMetrics: Sendable, Equatable {
    /// Metrics of nothing.
    public init() {}

    /// The step, from 1.
    public var step = 0
    /// Passes over the data so far.
    public var epoch = 0.0
    /// Mean loss of the pairs.
    public var loss = 0.0
    /// Euclidean norm of all gradients together, before clipping.
    public var gradientNorm = 0.0
    /// The learning rate of this step.
    public var learningRate = 0.0
    /// Whether answers are compared or judged, so that those of rewards and sides mean something.
    public var judgesAnswers = true
    /// Mean of β · (log π(chosen) − log π_ref(chosen)); without a reference, of β · log π(chosen).
    public var rewardsChosen = 0.0
    /// The same of the rejected answers.
    public var rewardsRejected = 0.0
    /// Share of the comparisons whose chosen reward is greater than the rejected one.
    ///
    /// Of labelled answers: the share whose reward has the sign that the label wants.
    public var rewardsAccuracy = 0.0
    /// Mean difference of chosen and rejected reward.
    public var rewardsMargin = 0.0
    /// Mean log π(chosen), summed over tokens, in nats.
    public var logProbabilitiesChosen = 0.0
    /// Mean log π(rejected), summed over tokens, in nats.
    public var logProbabilitiesRejected = 0.0
    /// Mean logit over the vocabulary and the chosen answers' tokens.
    public var logitsChosen = 0.0
    /// Mean logit over the vocabulary and the rejected answers' tokens.
    public var logitsRejected = 0.0
    /// KTO's reference point z, in nats; nil for objectives that have none.
    public var kl: Double?
    /// Mean entropy of the policy at the answers' tokens, in nats.
    public var entropy = 0.0
    /// Share of the chosen answers' tokens that the policy finds most probable.
    public var meanTokenAccuracy = 0.0
    /// The loss of a policy's routers, without its coefficient; nil where there are none.
    ///
    /// `loss` has it in it, times the coefficient.
    public var routerLoss: Double?
    /// Tokens of both sequences of all pairs so far; a prompt counts for each.
    public var tokenCount = 0
    /// Steps so far that were skipped because their numbers were not finite; nil where such a step
    /// ends training.
    public var skippedSteps: Int?
    /// Seconds of this step.
    public var seconds = 0.0
    /// Pairs of this step per second.
    public var pairsPerSecond = 0.0
    /// Tokens of this step (counted as in `tokenCount`) per second.
    public var tokensPerSecond = 0.0
    /// The most memory that the process has had so far, in bytes.
    public var peakByteCount = 0

    /// Names and values in the order in which they are logged, behind the step.
    public var named: [(name: String, value: MetricValue)] {
        let routers = routerLoss.map { [(name: "aux_loss", value: MetricValue.number($0))] } ?? []
        return routers + [
            ("epoch", .number(epoch)),
            ("loss", .number(loss)),
            ("grad_norm", .number(gradientNorm)),
            ("learning_rate", .number(learningRate)),
        ] + ofAnswers + [
            ("num_tokens", .integer(tokenCount)),
            ("time/step_seconds", .number(seconds)),
            ("throughput/pairs_per_second", .number(pairsPerSecond)),
            ("throughput/tokens_per_second", .number(tokensPerSecond)),
            ("memory/peak_bytes", .integer(peakByteCount)),
        ] + ofReferencePoint
            + (skippedSteps.map { [(name: "skipped_steps", value: .integer($0))] } ?? [])
    }

    /// Those that losses and scores have, which evaluations have too.
    var ofScores: [(name: String, value: MetricValue)] {
        [("loss", .number(loss))] + ofAnswers + ofReferencePoint
    }

    private var ofAnswers: [(name: String, value: MetricValue)] {
        (judgesAnswers ? ofSides : []) + [
            ("entropy", .number(entropy)),
            ("mean_token_accuracy", .number(meanTokenAccuracy)),
        ]
    }

    private var ofSides: [(name: String, value: MetricValue)] {
        [
            ("rewards/chosen", .number(rewardsChosen)),
            ("rewards/rejected", .number(rewardsRejected)),
            ("rewards/accuracies", .number(rewardsAccuracy)),
            ("rewards/margins", .number(rewardsMargin)),
            ("logps/chosen", .number(logProbabilitiesChosen)),
            ("logps/rejected", .number(logProbabilitiesRejected)),
            ("logits/chosen", .number(logitsChosen)),
            ("logits/rejected", .number(logitsRejected)),
        ]
    }

    private var ofReferencePoint: [(name: String, value: MetricValue)] {
        kl.map { [("kl", .number($0))] } ?? []
    }
}
