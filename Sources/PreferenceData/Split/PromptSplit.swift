import Files

/// Which prompts are held out for evaluation.
///
/// All rows of a prompt are on one side. Prompts are ordered by a hash of their content and the
/// seed and held out in that order, each one where its rows still fit, until the wanted number of
/// rows is reached. Where that leaves some missing, one prompt more is held out, perhaps in place of
/// another, if that comes nearer. So the same rows, seed and number give the same split on every machine, whatever the order of the rows or
/// files, and a row's side is known from its prompt alone.
package struct PromptSplit: Sendable {
    /// The rows that are held out.
    package private(set) var heldOutRows = 0
    /// All prompts.
    package let promptCount: Int
    /// The prompts that are held out.
    package var heldOutPrompts: Int { heldOut.count }
    private var heldOut: Set<ContentDigest> = []

    /// - Parameters:
    ///   - prompts: the prompt of each row.
    ///   - count: how many rows to hold out: 1 to one less than there are.
    ///   - seed: any number.
    /// - Throws: `PromptSplitError` where both sides cannot have a row.
    package init(prompts: [ContentDigest], holdingOut count: Int, seed: UInt64)
        throws(PromptSplitError)
    {
        var sizes: [ContentDigest: Int] = [:]
        for prompt in prompts { sizes[prompt, default: 0] += 1 }
        promptCount = sizes.count
        guard count >= 1, count < prompts.count, sizes.count > 1 else {
            throw PromptSplitError(count: count, rows: prompts.count, prompts: sizes.count)
        }
        let order = sizes.map { (rank: Self.rank($0.key, seed), prompt: $0.key, size: $0.value) }
            .sorted { ($0.rank, $0.prompt) < ($1.rank, $1.prompt) }
        for group in order where heldOutRows + group.size <= count {
            heldOut.insert(group.prompt)
            heldOutRows += group.size
        }
        exchange(order.map { ($0.prompt, $0.size) }, missing: count - heldOutRows)
    }

    /// Comes nearer to the wanted number: holds out one prompt more, perhaps in place of another.
    ///
    /// - Parameters:
    ///   - groups: all prompts with their number of rows, in the order of the seed.
    ///   - missing: how many rows are wanted more; every prompt that is left has more than that.
    private mutating func exchange(
        _ groups: [(prompt: ContentDigest, size: Int)],
        missing: Int
    ) {
        let rest = groups.filter { !heldOut.contains($0.prompt) }
        var outgoing = Set(groups.filter { heldOut.contains($0.prompt) }.map(\.size))
        // Without one that comes back, one has to be left.
        if rest.count > 1 { outgoing.insert(0) }
        let changes = Set(rest.map(\.size)).flatMap { size in
            outgoing.map { (error: abs(missing - size + $0), incoming: size, outgoing: $0) }
        }
        let best = changes.min { ($0.error, $0.incoming) < ($1.error, $1.incoming) }
        guard let best, best.error < missing || heldOut.isEmpty,
            let next = rest.first(where: { $0.size == best.incoming })
        else { return }
        if let last = groups.last(where: {
            $0.size == best.outgoing && heldOut.contains($0.prompt)
        }) {
            heldOut.remove(last.prompt)
        }
        heldOut.insert(next.prompt)
        heldOutRows += best.incoming - best.outgoing
    }

    /// Whether the rows of a prompt are held out.
    package func holdsOut(_ prompt: ContentDigest) -> Bool { heldOut.contains(prompt) }

    private static func rank(_ prompt: ContentDigest, _ seed: UInt64) -> ContentDigest {
        var hasher = ContentHasher(key: (seed, 0))
        hasher.append(prompt.first)
        hasher.append(prompt.second)
        return hasher.digest()
    }
}

/// Rows that cannot be split as wanted.
package struct PromptSplitError: InputError, Equatable {
    /// How many rows were to be held out.
    package let count: Int
    /// How many there are.
    package let rows: Int
    /// How many prompts they have.
    package let prompts: Int

    /// Whether another number of rows could be held out.
    package var isCount: Bool { prompts > 1 }

    /// The error as one line.
    package var description: String {
        "\(count.grouped) of \(rows.counted("row")) with \(prompts.counted("prompt")) cannot be held "
            + "out: each side needs a row, and rows of one prompt stay together"
    }
}
