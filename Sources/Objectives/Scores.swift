/// What policy and reference say of one answer.
public struct AnswerScore: Sendable {
    /// log π of each scored token, in nats.
    public let tokens: [Scalar]
    /// The same of the reference; empty where there is none.
    public let referenceTokens: [Double]
    /// log π(answer | prompt), as the modifiers in force add it up.
    ///
    /// Without any it is the sum over the scored tokens, in nats.
    public internal(set) var policy: Scalar
    /// The same of the reference; 0 where there is none, and then nothing that needs it is used.
    public internal(set) var reference: Double
    /// The sum over the scored tokens, whatever the modifiers, in nats.
    public let likelihood: Scalar
    /// How many tokens are scored; at least 1 even for an answer without any, so that means exist.
    public let tokenCount: Int
    /// log Σ p² over the vocabulary, where the policy predicts each token; empty where not asked
    /// for.
    public let logCollisions: [Double]

    /// The score of an answer, token by token.
    public init(
        tokens: [Scalar],
        referenceTokens: [Double] = [],
        logCollisions: [Double] = []
    ) {
        self.init(
            tokens: tokens,
            referenceTokens: referenceTokens,
            reference: referenceTokens.reduce(0, +),
            tokenCount: tokens.count,
            logCollisions: logCollisions
        )
    }

    /// The score of an answer of which only sums are known.
    public init(policy: Scalar, reference: Double = 0, tokenCount: Int) {
        self.init(
            tokens: [policy],
            referenceTokens: [reference],
            reference: reference,
            tokenCount: tokenCount,
            logCollisions: []
        )
    }

    /// The score of an answer, of whose reference only the sum need be known.
    init(
        tokens: [Scalar],
        referenceTokens: [Double],
        reference: Double,
        tokenCount: Int,
        logCollisions: [Double]
    ) {
        self.tokens = tokens
        self.referenceTokens = referenceTokens
        self.reference = reference
        self.logCollisions = logCollisions
        self.tokenCount = max(1, tokenCount)
        likelihood = tokens.sum()
        policy = likelihood
    }

    /// log π(answer) − log π_ref(answer).
    public var logRatio: Scalar { policy - reference }

    /// log π(answer) per token.
    public var mean: Scalar { policy / Double(tokenCount) }
}

/// Two answers to a prompt, of which the first is preferred.
public struct ScoredPair: Sendable {
    /// The preferred answer.
    public var chosen: AnswerScore
    /// The other one.
    public var rejected: AnswerScore
    /// How much the pair counts.
    public var weight: Double
    /// By how much the chosen answer's reward should lead.
    public var margin: Double

    /// A pair of answers.
    public init(
        chosen: AnswerScore,
        rejected: AnswerScore,
        weight: Double = 1,
        margin: Double = 0
    ) {
        self.chosen = chosen
        self.rejected = rejected
        self.weight = weight
        self.margin = margin
    }

    /// How much more than the reference the policy prefers chosen to rejected, in nats: h.
    public var logRatioMargin: Scalar { chosen.logRatio - rejected.logRatio }
}

/// An answer of which is known only whether it is wanted.
public struct ScoredAnswer: Sendable {
    /// The answer.
    public var score: AnswerScore
    /// Whether it is wanted.
    public var isWanted: Bool
    /// How much it counts.
    public var weight: Double

    /// An answer with its label.
    public init(_ score: AnswerScore, isWanted: Bool, weight: Double = 1) {
        self.score = score
        self.isWanted = isWanted
        self.weight = weight
    }
}

/// Any number of answers to a prompt with their ranks; equal ranks are not compared.
public struct ScoredRanking: Sendable {
    /// The answers, in any order.
    public var answers: [AnswerScore]
    /// The rank of each: the smaller the better.
    public var ranks: [Int]
    /// How much it counts.
    public var weight: Double

    /// Answers with their ranks.
    public init(_ answers: [AnswerScore], ranks: [Int], weight: Double = 1) {
        self.answers = answers
        self.ranks = ranks
        self.weight = weight
    }
}
