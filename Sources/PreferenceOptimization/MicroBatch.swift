import LanguageModels
import Objectives
import PreferenceData
import TokenTrees

/// Preferences that go through the models together.
struct MicroBatch {
    let preferences: [Preference]
    let batch: PackedBatch
    /// Its place in training.
    let dropout: DropoutPlace

    /// Lays preferences out.
    ///
    /// - Parameter lengthClass: as in `PackedBatch`.
    init(
        _ preferences: [Preference],
        dropout: DropoutPlace,
        sharingPrefixes: Bool,
        lengthClass: (Int) -> Int
    ) {
        self.preferences = preferences
        self.dropout = dropout
        batch = PackedBatch(
            groups: preferences.map(\.sequences),
            sharingPrefixes: sharingPrefixes,
            lengthClass: lengthClass
        )
    }

    /// Per sequence, whether it is among the preferred ones.
    var isChosen: [Bool] {
        preferences.flatMap { preference in
            preference.sequences.indices.map(preference.judgement.prefers)
        }
    }

    /// What models say of the preferences, as an objective takes it.
    ///
    /// - Parameters:
    ///   - tokens: log-probabilities of the policy, sequence after sequence.
    ///   - reference: the same of the reference, where there is one.
    ///   - logCollisions: log Σ p² at the same tokens, where asked for.
    func scored(
        _ kind: Objective.Kind,
        tokens: [Scalar],
        reference: [Float]?,
        logCollisions: [Float]?
    ) -> ScoredStep {
        let answers = (0..<batch.sequenceCount).map { sequence in
            let range = batch.sequenceOffsets[sequence]..<batch.sequenceOffsets[sequence + 1]
            return AnswerScore(
                tokens: Array(tokens[range]),
                referenceTokens: reference.map { $0[range].map(Double.init) } ?? [],
                logCollisions: logCollisions.map { $0[range].map(Double.init) } ?? []
            )
        }
        var pairs: [ScoredPair] = []
        var labelled: [ScoredAnswer] = []
        var rankings: [ScoredRanking] = []
        var first = 0
        for preference in preferences {
            let own = Array(answers[first..<first + preference.sequences.count])
            first += own.count
            switch (kind, preference.judgement) {
            case (.pairs, let judgement):
                pairs += judgement.comparisons.map { better, worse in
                    ScoredPair(
                        chosen: own[better],
                        rejected: own[worse],
                        weight: preference.weight,
                        margin: preference.margin
                    )
                }
            case (.rankings, .ranked(let ranks)):
                rankings.append(ScoredRanking(own, ranks: ranks, weight: preference.weight))
            case (.labelled, .labelled(let isWanted)):
                labelled += own.map {
                    ScoredAnswer($0, isWanted: isWanted, weight: preference.weight)
                }
            default: preconditionFailure("the trainer checks its data's kind")
            }
        }
        switch kind {
        case .pairs: return .pairs(pairs)
        case .labelled: return .labelled(labelled)
        case .rankings: return .rankings(rankings)
        }
    }
}

extension StepCounts {
    /// The counts of a step of preferences.
    init(_ preferences: some Collection<Preference>, _ kind: Objective.Kind) {
        guard kind != .rankings else {
            self.init(losses: preferences.count)
            return
        }
        self.init(losses: 0, chosenTokens: 0, chosenSequenceTokens: 0)
        for preference in preferences {
            var chosen = preference.judgement.comparisons.map(\.better)
            losses += chosen.count
            if case .labelled(let isWanted) = preference.judgement {
                losses += 1
                chosen = isWanted ? [0] : []
            }
            for sequence in chosen.map({ preference.sequences[$0] }) {
                chosenTokens += sequence.scoredCount
                chosenSequenceTokens += sequence.tokens.count
            }
        }
    }
}

extension Array<Preference> {
    /// Each prompt with the answer to the prompt before it, the first one's with the last answer.
    ///
    /// As TRL's KTO trainer has it: over a step these are all its answers, each to a prompt that
    /// it does not belong to.
    ///
    /// - Parameter limit: the most tokens of a sequence; what is behind is cut. Nil for any number.
    func mismatched(limit: Int?) -> [TokenSequence] {
        zip(self, suffix(1) + dropLast()).compactMap { preference, other in
            guard let own = preference.sequences.first, let answer = other.sequences.first else {
                return nil
            }
            let tokens =
                own.tokens.prefix(preference.promptLength)
                + answer.tokens.dropFirst(other.promptLength)
            let kept = Array<Int32>(tokens.prefix(limit ?? .max))
            func place(_ position: Int) -> Int {
                // Of what is scored in the other's prompt nothing is here.
                let inAnswer = Swift.max(0, position - other.promptLength)
                return Swift.min(preference.promptLength + inAnswer, kept.count)
            }
            return TokenSequence(
                tokens: kept,
                scored: answer.scored.map { place($0.lowerBound)..<place($0.upperBound) }
            )
        }
    }
}
