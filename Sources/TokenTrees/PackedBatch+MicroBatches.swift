extension PackedBatch {
    /// How many rows a group takes, found without laying it out.
    ///
    /// Takes no memory, and time linear in the group's tokens for each pair of its sequences.
    public static func rowCount(
        of group: [TokenSequence],
        sharingPrefixes: Bool = true,
        lengthClass: (Int) -> Int = { _ in 0 }
    ) -> Int {
        var count = 0
        for (index, sequence) in group.enumerated() {
            var shared = 0
            if sharingPrefixes {
                let kind = lengthClass(sequence.tokens.count)
                for earlier in group[..<index]
                where lengthClass(earlier.tokens.count) == kind {
                    let limit = min(sequence.inputCount, earlier.inputCount)
                    shared = max(
                        shared,
                        commonPrefix(sequence.tokens, earlier.tokens, limit: limit)
                    )
                }
            }
            count += sequence.inputCount - shared
        }
        return count
    }

    /// Cuts the groups of a step into micro-batches of a bounded number of rows.
    ///
    /// Groups stay in order; each micro-batch takes as many as fit. A group that is larger than
    /// the limit makes a micro-batch alone.
    ///
    /// - Parameters:
    ///   - groups: the sequences of one prompt each.
    ///   - tokenLimit: the most rows of a micro-batch, at least 1.
    ///   - sharingPrefixes: as in `init(groups:sharingPrefixes:lengthClass:)`.
    ///   - lengthClass: as there.
    /// - Returns: ranges of `groups` that cover them in order, none empty.
    public static func microBatches(
        of groups: [[TokenSequence]],
        tokenLimit: Int,
        sharingPrefixes: Bool = true,
        lengthClass: (Int) -> Int = { _ in 0 }
    ) -> [Range<Int>] {
        microBatches(
            rowCounts: groups.map {
                rowCount(of: $0, sharingPrefixes: sharingPrefixes, lengthClass: lengthClass)
            },
            tokenLimit: tokenLimit
        )
    }

    /// Cuts groups, of which only the row counts are given, into micro-batches.
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
