import Files

/// Some preferences of a dataset, in its order.
public struct PreferenceSubset: RandomAccessCollection, Sendable {
    private let dataset: PreferenceDataset
    private let places: [Int]

    init(_ dataset: PreferenceDataset, _ places: [Int]) {
        self.dataset = dataset
        self.places = places
    }

    /// The first index: 0.
    public var startIndex: Int { 0 }
    /// How many there are.
    public var endIndex: Int { places.count }
    /// The preferences in the order of the dataset.
    public subscript(index: Int) -> Preference { dataset[places[index]] }
}

extension PreferenceSubset: PreferenceKnowing {
    var traits: PreferenceTraits { dataset.store.traits(of: places) }

    var digest: ContentDigest {
        var hasher = ContentHasher()
        hasher.append(dataset.digest.first)
        hasher.append(dataset.digest.second)
        places.withUnsafeBytes { hasher.append($0) }
        return hasher.digest()
    }

    func promptDigest(_ index: Int) -> ContentDigest? { dataset.promptDigest(places[index]) }
}

extension PreferenceDataset {
    /// Holds some of the preferences out for evaluation, all those of a prompt together.
    ///
    /// The rows are read once more, for their prompts as they stand there: tokens of one prompt may
    /// differ by what comes behind them.
    ///
    /// - Parameters:
    ///   - fraction: the share of rows that is held out, between 0 and 1.
    ///   - seed: any number; see `PromptSplit`.
    ///   - sources: those that the dataset was read from.
    ///   - settings: those that it was read with.
    /// - Throws: `DataError`, `FileError`, `PromptSplitError`.
    package func split(
        holdingOut fraction: Double,
        seed: UInt64,
        sources: [DataSource],
        settings: DataSettings
    ) throws -> (training: PreferenceSubset, evaluation: PreferenceSubset) {
        let isHeldOut = try RowSplitter(settings: settings).heldOut(
            of: sources,
            .fraction(fraction),
            seed: seed
        )
        var places: (training: [Int], evaluation: [Int]) = ([], [])
        for place in indices {
            let row = row(place)
            guard row < isHeldOut.count else {
                throw FileError("read", sources[0].name, reason: "the data changed meanwhile")
            }
            if isHeldOut[row] {
                places.evaluation.append(place)
            } else {
                places.training.append(place)
            }
        }
        guard !places.training.isEmpty, !places.evaluation.isEmpty else {
            throw PromptSplitError(count: places.evaluation.count, rows: count, prompts: 1)
        }
        return (PreferenceSubset(self, places.training), PreferenceSubset(self, places.evaluation))
    }
}
