/// An objective: what training makes small, as a pure function of what policy and reference say of
/// answers.
///
/// A further objective is a file beside the others with a static constant, and a line in
/// `Objective.all`: the command, its help and the tests follow from there.
public struct Objective: Sendable {
    /// What an objective is computed from: one loss per pair, answer or ranking of a step.
    public enum Loss: Sendable {
        /// Pairs of answers.
        case pairs(@Sendable ([ScoredPair], ObjectiveContext) -> [Scalar])
        /// Answers with labels.
        case labelled(@Sendable ([ScoredAnswer], ObjectiveContext) -> [Scalar])
        /// Ranked lists.
        case rankings(@Sendable ([ScoredRanking], ObjectiveContext) -> [Scalar])

        /// A loss that each pair has by itself.
        public static func eachPair(
            _ loss: @escaping @Sendable (ScoredPair, ObjectiveContext) -> Scalar
        ) -> Loss {
            .pairs { pairs, context in pairs.map { loss($0, context) } }
        }

        /// A loss that each labelled answer has by itself.
        public static func eachAnswer(
            _ loss: @escaping @Sendable (ScoredAnswer, ObjectiveContext) -> Scalar
        ) -> Loss {
            .labelled { answers, context in answers.map { loss($0, context) } }
        }
    }

    /// What data an objective is for.
    public enum Kind: String, Sendable, CaseIterable {
        /// A better and a worse answer.
        case pairs
        /// Answers of which is known whether they are wanted.
        case labelled = "labelled answers"
        /// Any number of answers with ranks.
        case rankings
    }

    /// What of an answer's log-probabilities an objective compares.
    public enum Reading: Sendable {
        /// Their sum.
        case sums
        /// Their mean per token.
        case means
        /// Each by itself, or their plain likelihood.
        case tokens
    }

    /// Where an objective's reference point comes from.
    public enum ReferencePoint: Sendable {
        /// There is none: 0.
        case none
        /// The mean log-ratio of answers to other prompts of the step, at least 0, in nats.
        case mismatchedAnswers
        /// The running mean of the rewards β · log-ratio.
        case runningMean
    }

    /// Its name on the command line; TRL's where TRL has it.
    public let name: String
    /// What it is, in one line.
    public let summary: String
    /// The loss as a formula.
    public let formula: String
    /// When to use it, in a sentence or two.
    public let advice: String
    /// The paper, with an equation's number where its text or TRL's source confirms it.
    public let source: String
    /// What others call it.
    public var otherNames: [String]
    /// The numbers it depends on.
    public var parameters: [ObjectiveParameter]
    /// Whether the reference's log-probabilities go in.
    public var needsReference: Bool
    /// Whether f-divergences other than reverse KL can take the place of its log-ratios.
    public var allowsDivergence: Bool
    /// Whether a pair's own margin goes in.
    public var allowsMargin: Bool
    /// Whether an answer that is not wanted has a loss.
    public var takesUnwanted: Bool
    /// Whether the loss of one pair depends on the others of the step.
    public var couplesPairs: Bool
    /// What it compares.
    public var reads: Reading
    /// Where its reference point comes from.
    public var referencePoint: ReferencePoint
    /// The computation.
    public let loss: Loss

    /// Makes an objective, also one that is not in `all`: `ObjectiveSelection(_:)` takes it.
    public init(
        name: String,
        summary: String,
        formula: String,
        advice: String = "",
        source: String = "",
        otherNames: [String] = [],
        parameters: [ObjectiveParameter] = [],
        needsReference: Bool = true,
        allowsDivergence: Bool = false,
        allowsMargin: Bool = false,
        takesUnwanted: Bool = true,
        couplesPairs: Bool = false,
        reads: Reading = .sums,
        referencePoint: ReferencePoint = .none,
        loss: Loss
    ) {
        self.name = name
        self.summary = summary
        self.formula = formula
        self.advice = advice
        self.source = source
        self.otherNames = otherNames
        self.parameters = parameters
        self.needsReference = needsReference
        self.allowsDivergence = allowsDivergence
        self.allowsMargin = allowsMargin
        self.takesUnwanted = takesUnwanted
        self.couplesPairs = couplesPairs
        self.reads = reads
        self.referencePoint = referencePoint
        self.loss = loss
    }

    /// What data it is for.
    public var kind: Kind {
        switch loss {
        case .pairs: .pairs
        case .labelled: .labelled
        case .rankings: .rankings
        }
    }

    /// The parameter of a name, or nil where the objective does not depend on it.
    public func parameter(_ name: ObjectiveParameter.Name) -> ObjectiveParameter? {
        parameters.first { $0.name == name }
    }

    /// Whether LD-DPO's weights for what exceeds the shorter answer can go in.
    var allowsLengthDesensitization: Bool { kind == .pairs && needsReference && reads != .tokens }

    /// Whether means can take the place of its sums.
    var allowsLengthNormalization: Bool { reads == .sums }

    /// Whether WPO's weights can go in: it weighs pairs, and sorted pairs are pairs no longer.
    var allowsPolicyWeights: Bool { kind == .pairs && !couplesPairs }

    /// Whether its β can follow the step's margins.
    var allowsAdaptiveBeta: Bool {
        kind == .pairs && needsReference && reads != .tokens && parameter(.beta) != nil
    }

    /// The flags of what can change it, as on the command line, without dashes.
    public var modifierFlags: [String] {
        [
            ("divergence", allowsDivergence), ("ld-alpha", allowsLengthDesensitization),
            ("length-normalization", allowsLengthNormalization), ("wpo", allowsPolicyWeights),
            ("adaptive-beta", allowsAdaptiveBeta), ("sync-reference", needsReference),
        ].filter(\.1).map(\.0)
    }
}
