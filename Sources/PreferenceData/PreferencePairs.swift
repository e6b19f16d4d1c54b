import TokenTrees

/// Pairs to train on or to score: those that the preferences of a dataset make, each made when it
/// is asked for, or a list of one's own.
public struct PreferencePairs: RandomAccessCollection, Sendable {
    private enum Source: Sendable {
        case dataset(PreferenceDataset)
        case list([PreferencePair])
    }

    private let source: Source
    /// How many pairs there are.
    public let endIndex: Int
    /// The least and the largest token id of all pairs; nil where there is none.
    public let tokenBounds: ClosedRange<Int32>?

    /// A list of pairs.
    public init(_ pairs: [PreferencePair]) {
        source = .list(pairs)
        endIndex = pairs.count
        let bounds = pairs.reduce(into: (least: Int32.max, largest: Int32.min)) { bounds, pair in
            for sequence in pair.sequences {
                bounds.least = Swift.min(bounds.least, sequence.tokens.min() ?? bounds.least)
                bounds.largest = Swift.max(bounds.largest, sequence.tokens.max() ?? bounds.largest)
            }
        }
        tokenBounds = bounds.least <= bounds.largest ? bounds.least...bounds.largest : nil
    }

    init(_ dataset: PreferenceDataset) {
        source = .dataset(dataset)
        endIndex = dataset.store.pairOffsets?.last ?? dataset.count
        tokenBounds = dataset.store.summary.tokenBounds
    }

    /// The first index: 0.
    public var startIndex: Int { 0 }

    /// The pair at an index.
    public subscript(index: Int) -> PreferencePair {
        precondition(indices.contains(index), "there is no such pair")
        switch source {
        case .list(let pairs): return pairs[index]
        case .dataset(let dataset):
            guard let offsets = dataset.store.pairOffsets else { return dataset[index].pairs[0] }
            // The last preference whose pairs begin at or before this one.
            var (low, high) = (0, dataset.count)
            while high - low > 1 {
                let middle = (low + high) / 2
                if offsets[middle] <= index { low = middle } else { high = middle }
            }
            return dataset[low].pairs[index - offsets[low]]
        }
    }
}
