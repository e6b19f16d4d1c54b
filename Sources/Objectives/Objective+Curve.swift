extension Objective {
    /// A point of an objective's curve.
    public struct CurvePoint: Sendable, Equatable {
        /// The margin of a pair, or the log-ratio of a labelled answer, in nats.
        public let margin: Double
        /// The loss there.
        public let loss: Double
        /// The loss's derivative by the margin.
        public let slope: Double
    }

    /// The loss of one preference against its margin, with the defaults of all parameters.
    ///
    /// Answers have one token. The margin is shared out evenly: the chosen answer gains half of it
    /// on where the reference sees both, the rejected one loses half. It goes as far either way
    /// as makes β times the margin 6.
    ///
    /// - Parameters:
    ///   - count: how many points, at least 2.
    ///   - isWanted: the label, for objectives of labelled answers.
    public func curve(count: Int, isWanted: Bool = true) -> [CurvePoint] {
        let reach = 6 / (defaults[.beta] ?? 1)
        // Log-probabilities stay below 0 over the whole curve.
        let base = -reach / 2
        return (0..<count).map { index in
            let margin = reach * (2 * Double(index) / Double(max(1, count - 1)) - 1)
            let margins = Scalar.variable(margin)
            func answer(_ share: Double) -> AnswerScore {
                AnswerScore(tokens: [base + share * margins], referenceTokens: [base])
            }
            let step: ScoredStep =
                switch kind {
                case .pairs: .pairs([ScoredPair(chosen: answer(0.5), rejected: answer(-0.5))])
                case .labelled: .labelled([ScoredAnswer(answer(1), isWanted: isWanted)])
                case .rankings:
                    .rankings([ScoredRanking([answer(0.5), answer(-0.5)], ranks: [0, 1])])
                }
            let loss = losses(step, ObjectiveContext(self)).sum()
            return CurvePoint(
                margin: margin,
                loss: loss.value,
                slope: Scalar.gradients(of: loss, withRespectTo: [margins])[0]
            )
        }
    }
}
