import LanguageModels
import Objectives
import PreferenceData
import TokenTrees

/// Preferences that go through the models together.
struct MicroBatch {
    let preferences: [Preference]
    /// Which of their step each is, from 0.
    let places: [Int]
    let batch: PackedBatch
    /// The sequences of `batch`, those of a prompt together.
    let groups: [[TokenSequence]]
    /// For each answer, preference after preference, its sequence in `batch`.
    ///
    /// Equal answers to a prompt have it in common. A sequence is first named behind all those
    /// before it.
    let sequences: [Int]
    /// Its place in training.
    let dropout: DropoutPlace

    /// Lays preferences out.
    ///
    /// - Parameters:
    ///   - sharingPrefixes: as in `PackedBatch`.
    ///   - joiningPrompts: whether prompts that begin alike share that too.
    ///   - lengthClass: as in `PackedBatch`.
    init(
        _ groups: ArraySlice<PromptGroup>,
        dropout: DropoutPlace,
        sharingPrefixes: Bool,
        joiningPrompts: Bool = false,
        lengthClass: (Int) -> Int
    ) {
        preferences = groups.flatMap(\.preferences)
        places = groups.flatMap(\.places)
        self.groups = groups.map(\.sequences)
        batch = PackedBatch(
            groups: joiningPrompts
                ? PackedBatch.joinedWhereAlike(self.groups, lengthClass: lengthClass)
                : self.groups,
            sharingPrefixes: sharingPrefixes,
            lengthClass: lengthClass
        )
        var sequences: [Int] = []
        var count = 0
        for group in groups {
            sequences += group.answers.map { count + $0 }
            count += group.sequences.count
        }
        self.sequences = sequences
        self.dropout = dropout
    }

    /// For each answer its sequence in `batch`, and whether it is among the preferred ones.
    var answers: [(sequence: Int, isChosen: Bool)] {
        let isChosen = preferences.flatMap { preference in
            preference.sequences.indices.map(preference.judgement.prefers)
        }
        return zip(sequences, isChosen).map { ($0, $1) }
    }

    /// Where the scored tokens of a sequence of `batch` are among those of all.
    func tokens(ofSequence sequence: Int) -> Range<Int> {
        batch.sequenceOffsets[sequence]..<batch.sequenceOffsets[sequence + 1]
    }

    /// What models say of the preferences, as an objective takes it.
    ///
    /// - Parameters:
    ///   - tokens: log-probabilities of the policy, sequence of `batch` after sequence.
    ///   - reference: the same of the reference, where there is one.
    ///   - logCollisions: log Σ p² at the same tokens, where asked for.
    func scored(
        _ kind: Objective.Kind,
        tokens: [Scalar],
        reference: [Float]?,
        logCollisions: [Float]?
    ) -> ScoredStep {
        let scores = (0..<batch.sequenceCount).map { sequence in
            let range = self.tokens(ofSequence: sequence)
            return AnswerScore(
                tokens: Array(tokens[range]),
                referenceTokens: reference.map { $0[range].map(Double.init) } ?? [],
                logCollisions: logCollisions.map { $0[range].map(Double.init) } ?? []
            )
        }
        // An answer that several preferences have is one variable, to which all their losses add.
        let answers = sequences.map { scores[$0] }
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
    func mismatched(limit: Int?) -> [Preference] {
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
            let scored = answer.scored.map { place($0.lowerBound)..<place($0.upperBound) }
            return Preference(
                sequences: [TokenSequence(tokens: kept, scored: scored)],
                promptLength: Swift.min(preference.promptLength, kept.count),
                judgement: preference.judgement,
                source: preference.source
            )
        }
    }
}
