extension PackedBatch {
    /// How many rows a group takes, found without laying it out.
    ///
    /// Takes no memory, and time linear in the group's tokens for each pair of its sequences.
    public static func rowCount(
        of group: [TokenSequence],
        sharingPrefixes: Bool = true,
        lengthClass: (Int) -> Int = { _ in 0 }
    ) -> Int {
        group.indices.reduce(0) { count, index in
            count
                + rowCount(
                    of: group[index],
                    joining: sharingPrefixes ? group[..<index] : [],
                    lengthClass: lengthClass
                )
        }
    }

    /// How many rows a sequence adds to those of a group, with which it shares what it begins with.
    public static func rowCount(
        of sequence: TokenSequence,
        joining group: ArraySlice<TokenSequence>,
        lengthClass: (Int) -> Int = { _ in 0 }
    ) -> Int {
        var shared = 0
        let kind = lengthClass(sequence.tokens.count)
        for other in group where lengthClass(other.tokens.count) == kind {
            let limit = min(sequence.inputCount, other.inputCount)
            shared = max(shared, commonPrefix(sequence.tokens, other.tokens, limit: limit))
        }
        return sequence.inputCount - shared
    }

    /// The groups, or all of them as one where they begin alike, as prompts behind a system prompt do.
    ///
    /// Trees can be computed side by side, so one tree has to save a sixteenth of the rows. What the
    /// groups have in common is then there once, as it is within a group; sequences keep their order.
    public static func joinedWhereAlike(
        _ groups: [[TokenSequence]],
        lengthClass: (Int) -> Int = { _ in 0 }
    ) -> [[TokenSequence]] {
        let firsts = groups.compactMap(\.first)
        let saved = firsts.indices.reduce(0) { saved, index in
            let own = rowCount(
                of: firsts[index],
                joining: firsts[..<index],
                lengthClass: lengthClass
            )
            return saved + firsts[index].inputCount - own
        }
        guard saved > 0 else { return groups }
        let rows = groups.reduce(0) { $0 + rowCount(of: $1, lengthClass: lengthClass) }
        return 16 * saved >= rows ? [Array(groups.joined())] : groups
    }

    /// Cuts the groups of a step into micro-batches of a bounded number of rows.
    ///
    /// Groups stay in order; each micro-batch takes as many as fit. A group that is larger than
    /// the limit makes a micro-batch alone.
    ///
    /// - Parameters:
    ///   - rowCounts: how many rows each group takes.
    ///   - tokenLimit: the most rows of a micro-batch, at least 1.
    /// - Returns: ranges of the groups that cover them in order, none empty.
    public static func microBatches(rowCounts: [Int], tokenLimit: Int) -> [Range<Int>] {
        precondition(tokenLimit > 0, "a micro-batch has at least one row")
        var batches: [Range<Int>] = []
        var (start, rows) = (0, 0)
        for (index, count) in rowCounts.enumerated() {
            if index > start, rows + count > tokenLimit {
                batches.append(start..<index)
                (start, rows) = (index, 0)
            }
            rows += count
        }
        if start < rowCounts.count { batches.append(start..<rowCounts.count) }
        return batches
    }

    private static func commonPrefix(_ left: [Int32], _ right: [Int32], limit: Int) -> Int {
        var count = 0
        while count < limit, left[count] == right[count] { count += 1 }
        return count
    }
}
