import TokenTrees

/// What prepared data look like in numbers.
public struct DataStatistics: Sendable {
    /// What a maximum length would cut off the sequences as they were before any was cut.
    public struct Cut: Sendable, Equatable {
        /// The maximum length.
        public let limit: Int
        /// Rows with a sequence that is longer.
        public internal(set) var rows = 0
        /// Tokens beyond it.
        public internal(set) var tokens = 0
    }

    /// The lengths whose cuts are told whatever the data's own maximum length.
    public static let usualLimits = [512, 1024, 2048, 4096]
    /// How many rows make a batch where padding is told.
    public static let paddedBatchSize = 8

    /// Rows that are kept.
    public private(set) var rows = 0
    /// Pairs that they make.
    public private(set) var pairs = 0
    /// How many answers the rows have.
    public private(set) var answers = Distribution()
    /// Rows whose one answer is labelled as wanted.
    public private(set) var wanted = 0
    /// Rows whose one answer is labelled as not wanted.
    public private(set) var unwanted = 0

    /// Tokens of the prompts, one per row.
    public private(set) var promptLengths = Distribution()
    /// Tokens of the answers that are wanted, or as good as the best.
    public private(set) var chosenLengths = Distribution()
    /// Tokens of the other answers.
    public private(set) var rejectedLengths = Distribution()
    /// Tokens of prompt and answer together.
    public private(set) var sequenceLengths = Distribution()
    /// Of each pair, tokens of the better answer less those of the other.
    public private(set) var lengthDifferences = Distribution()
    /// Tokens of all sequences that are scored.
    public private(set) var scoredTokens = 0

    /// Tokens of all sequences before any was cut.
    public private(set) var uncutTokens = 0
    /// What lengths cut: the usual ones and the data's own, ascending.
    public private(set) var cuts: [Cut]

    /// Tokens of all sequences where those of `paddedBatchSize` rows are padded to their longest.
    public private(set) var paddedTokens = 0

    /// Rows by prompt: how many rows have the same prompt, one number per distinct prompt.
    public private(set) var rowsPerPrompt = Distribution()
    /// How many different token ids there are.
    public private(set) var distinctTokens = 0
    /// How often the token for what is unknown comes, in prompts once per row.
    public private(set) var unknownTokens = 0

    /// Goes through all of a dataset once.
    ///
    /// - Parameters:
    ///   - maximumLength: what the data were cut at; nil where they were not.
    ///   - unknownToken: the id of the token for what is unknown, where there is one.
    public init(_ dataset: PreferenceDataset, maximumLength: Int?, unknownToken: Int32?) {
        cuts = Set(Self.usualLimits + [maximumLength].compactMap(\.self)).sorted().map {
            Cut(limit: $0)
        }
        var prompts: [Int: Int] = [:]
        var seen: [Bool] = []
        var longestOfBatch = 0
        var sequencesOfBatch = 0
        for (index, preference) in dataset.enumerated() {
            add(preference)
            addCuts(preference, dataset.store.cutTokens(index))
            prompts[Self.hash(preference.promptTokens), default: 0] += 1
            for (index, sequence) in preference.sequences.enumerated() {
                for token in sequence.tokens[(index == 0 ? 0 : preference.promptLength)...] {
                    if token == unknownToken { unknownTokens += 1 }
                    guard let id = Int(exactly: token), id >= 0 else { continue }
                    if id >= seen.count {
                        seen += repeatElement(
                            false,
                            count: max(id + 1, 2 * seen.count) - seen.count
                        )
                    }
                    seen[id] = true
                }
                longestOfBatch = max(longestOfBatch, sequence.tokens.count)
            }
            sequencesOfBatch += preference.sequences.count
            if (index + 1) % Self.paddedBatchSize == 0 || index + 1 == dataset.count {
                paddedTokens += longestOfBatch * sequencesOfBatch
                (longestOfBatch, sequencesOfBatch) = (0, 0)
            }
        }
        rowsPerPrompt = Distribution(prompts.values)
        distinctTokens = seen.count { $0 }
    }

    private mutating func add(_ preference: Preference) {
        rows += 1
        answers.add(preference.sequences.count)
        promptLengths.add(preference.promptLength)
        if case .labelled(let isWanted) = preference.judgement {
            if isWanted { wanted += 1 } else { unwanted += 1 }
        }
        let lengths = preference.sequences.map { $0.tokens.count - preference.promptLength }
        for (index, sequence) in preference.sequences.enumerated() {
            sequenceLengths.add(sequence.tokens.count)
            scoredTokens += sequence.scoredCount
            if preference.judgement.prefers(index) {
                chosenLengths.add(lengths[index])
            } else {
                rejectedLengths.add(lengths[index])
            }
        }
        for (better, worse) in preference.judgement.comparisons {
            pairs += 1
            lengthDifferences.add(lengths[better] - lengths[worse])
        }
    }

    private mutating func addCuts(_ preference: Preference, _ cutTokens: [Int]) {
        let lengths = zip(preference.sequences, cutTokens).map { $0.tokens.count + $1 }
        uncutTokens += lengths.reduce(0, +)
        for index in cuts.indices {
            let limit = cuts[index].limit
            let lost = lengths.reduce(0) { $0 + max(0, $1 - limit) }
            cuts[index].tokens += lost
            cuts[index].rows += lost > 0 ? 1 : 0
        }
    }

    /// Enough to tell a few million prompts apart.
    private static func hash(_ tokens: ArraySlice<Int32>) -> Int {
        var hasher = Hasher()
        tokens.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}

extension Preference {
    /// The tokens of the prompt.
    fileprivate var promptTokens: ArraySlice<Int32> {
        sequences.first?.tokens.prefix(promptLength) ?? []
    }
}
