import TokenTrees

/// The rows of some data by their prompts.
///
/// Prompts are told apart by their tokens, and numbered in the order in which they first come. A row
/// without a prompt is alone.
package struct RowsByPrompt: Sendable {
    /// The rows of the first prompt in their order, then those of the second, and so on.
    private var rows: [Int]
    /// Where each prompt begins in `rows`, and behind the last how many rows there are.
    private var starts: [Int]

    /// How many prompts there are.
    package var count: Int { starts.count - 1 }

    /// The rows of a prompt, in their order.
    package subscript(prompt: Int) -> ArraySlice<Int> { rows[starts[prompt]..<starts[prompt + 1]] }

    /// - Parameter digests: what tells each row's prompt from others; nil for a row without one.
    package init(_ digests: some Collection<ContentDigest?>) {
        var numbers: [ContentDigest: Int] = [:]
        var counts: [Int] = []
        let prompts = digests.map { digest in
            let known = digest.flatMap { numbers[$0] }
            let number = known ?? counts.count
            if known == nil { counts.append(0) }
            if let digest { numbers[digest] = number }
            counts[number] += 1
            return number
        }
        starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        rows = Array(repeating: 0, count: prompts.count)
        var places = starts
        for (row, prompt) in prompts.enumerated() {
            rows[places[prompt]] = row
            places[prompt] += 1
        }
    }

    /// The rows of preferences; those of a dataset are not decoded for it.
    package init(_ preferences: some Collection<Preference>) {
        if let known = preferences as? any PreferenceKnowing {
            self.init(preferences.indices.enumerated().lazy.map { known.promptDigest($0.offset) })
        } else {
            self.init(preferences.lazy.map(\.promptDigest))
        }
    }
}

extension Preference {
    /// What tells its prompt from others; nil where it has none.
    package var promptDigest: ContentDigest? {
        sequences.first.flatMap { ContentDigest(ofPrompt: $0.tokens.prefix(promptLength)) }
    }
}

extension PreferenceDataset {
    /// What tells a preference's prompt from others, found without decoding it; nil where it has
    /// none.
    package func promptDigest(_ index: Int) -> ContentDigest? { store.promptDigest(index) }
}

extension ContentDigest {
    /// What stands for a prompt's tokens; nil where there are none.
    init?(ofPrompt tokens: some Collection<Int32>) {
        guard !tokens.isEmpty else { return nil }
        var hasher = ContentHasher()
        for token in tokens { hasher.append(UInt64(UInt32(bitPattern: token))) }
        self = hasher.digest()
    }
}
