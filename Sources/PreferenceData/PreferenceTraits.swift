import TokenTrees

/// What has to be known of all preferences together before any is trained on.
package struct PreferenceTraits: Sendable, Equatable {
    /// The least and the largest token id; nil where there is none.
    package private(set) var tokenBounds: ClosedRange<Int32>?
    /// The first places of what objectives may not take: a labelled answer, one that is not
    /// wanted, answers that are compared, a margin, a weight; in the order of the data.
    package var notable: [Int] {
        let all = [firstLabelled, firstUnwanted, firstCompared, firstMargin, firstWeight]
        return Set(all.compactMap(\.self)).sorted()
    }

    private var firstLabelled: Int?
    private var firstUnwanted: Int?
    private var firstCompared: Int?
    private var firstMargin: Int?
    private var firstWeight: Int?

    init(tokenBounds: ClosedRange<Int32>? = nil) { self.tokenBounds = tokenBounds }

    /// The traits of any preferences, each of which is read.
    ///
    /// Those of a dataset are known without.
    package init(_ preferences: some Collection<Preference>) {
        if let known = preferences as? any PreferenceKnowing {
            self = known.traits
            return
        }
        for (index, preference) in preferences.enumerated() {
            note(
                index,
                preference.judgement,
                weight: preference.weight,
                margin: preference.margin
            )
            for token in preference.sequences.lazy.flatMap(\.tokens) {
                let bounds = tokenBounds ?? token...token
                tokenBounds = min(bounds.lowerBound, token)...max(bounds.upperBound, token)
            }
        }
    }

    /// Takes in what is known of a preference beside its tokens.
    mutating func note(_ index: Int, _ judgement: Judgement, weight: Double, margin: Double) {
        switch judgement {
        case .labelled(let isWanted):
            firstLabelled = firstLabelled ?? index
            if !isWanted { firstUnwanted = firstUnwanted ?? index }
        case .ranked: firstCompared = firstCompared ?? index
        }
        if margin != 0 { firstMargin = firstMargin ?? index }
        if weight != 1 { firstWeight = firstWeight ?? index }
    }
}

extension ContentDigest {
    /// What stands for preferences in their order: the same again where every one is.
    package init(of preferences: some Collection<Preference>) {
        if let known = preferences as? any PreferenceKnowing {
            self = known.digest
            return
        }
        var hasher = ContentHasher()
        for preference in preferences {
            hasher.append(UInt64(preference.promptLength))
            hasher.append("\(preference.judgement) \(preference.weight) \(preference.margin)")
            for sequence in preference.sequences {
                hasher.append(sequence.tokens)
                hasher.append("\(sequence.scored)")
            }
        }
        self = hasher.digest()
    }

    /// In hexadecimal.
    package var text: String {
        [first, second].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Preferences of which more is known than reading them tells, or sooner.
protocol PreferenceKnowing {
    var traits: PreferenceTraits { get }
    var digest: ContentDigest { get }
    /// As `Preference.promptDigest`.
    ///
    /// - Parameter index: how many preferences come before it.
    func promptDigest(_ index: Int) -> ContentDigest?
}

extension PreferenceDataset: PreferenceKnowing {
    var traits: PreferenceTraits { store.traits }
    var digest: ContentDigest { store.recordDigest }
}
