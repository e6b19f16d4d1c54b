/// The scored preferences of a step, or of a micro-batch of it.
public enum ScoredStep: Sendable {
    /// Pairs of answers.
    case pairs([ScoredPair])
    /// Answers with labels.
    case labelled([ScoredAnswer])
    /// Ranked lists.
    case rankings([ScoredRanking])

    /// How much each loss counts.
    var weights: [Double] {
        switch self {
        case .pairs(let pairs): pairs.map(\.weight)
        case .labelled(let answers): answers.map(\.weight)
        case .rankings(let rankings): rankings.map(\.weight)
        }
    }

    /// All its answers.
    public var answers: [AnswerScore] {
        switch self {
        case .pairs(let pairs): pairs.flatMap { [$0.chosen, $0.rejected] }
        case .labelled(let answers): answers.map(\.score)
        case .rankings(let rankings): rankings.flatMap(\.answers)
        }
    }

    /// Micro-batches of one kind, put together; pairs where there is none.
    public init(joining parts: [ScoredStep]) {
        self = parts.dropFirst().reduce(parts.first ?? .pairs([])) { whole, part in
            switch (whole, part) {
            case (.pairs(let left), .pairs(let right)): .pairs(left + right)
            case (.labelled(let left), .labelled(let right)): .labelled(left + right)
            case (.rankings(let left), .rankings(let right)): .rankings(left + right)
            default: preconditionFailure("a step's parts are of one kind")
            }
        }
    }

    /// The same step as it would be if the policy were the reference, as constants.
    public var atReference: ScoredStep {
        mapAnswers {
            AnswerScore(
                tokens: $0.referenceTokens.map { Scalar($0) },
                referenceTokens: $0.referenceTokens,
                logCollisions: $0.logCollisions
            )
        }
    }

    /// The same step with every answer changed.
    func mapAnswers(_ change: (AnswerScore) -> AnswerScore) -> ScoredStep {
        switch self {
        case .pairs(let pairs):
            .pairs(
                pairs.map {
                    var pair = $0
                    pair.chosen = change(pair.chosen)
                    pair.rejected = change(pair.rejected)
                    return pair
                }
            )
        case .labelled(let answers):
            .labelled(
                answers.map {
                    ScoredAnswer(change($0.score), isWanted: $0.isWanted, weight: $0.weight)
                }
            )
        case .rankings(let rankings):
            .rankings(
                rankings.map {
                    ScoredRanking($0.answers.map(change), ranks: $0.ranks, weight: $0.weight)
                }
            )
        }
    }
}

/// How much a whole step has, whatever its micro-batches.
public struct StepCounts: Sendable, Equatable {
    /// Its losses: one per pair, labelled answer or ranking.
    public var losses: Int
    /// The scored tokens of its pairs' chosen answers, or of its wanted answers.
    public var chosenTokens: Int
    /// All tokens of the same sequences, prompts included.
    public var chosenSequenceTokens: Int

    /// The counts of a step.
    public init(losses: Int = 1, chosenTokens: Int = 1, chosenSequenceTokens: Int = 1) {
        self.losses = losses
        self.chosenTokens = chosenTokens
        self.chosenSequenceTokens = chosenSequenceTokens
    }
}
