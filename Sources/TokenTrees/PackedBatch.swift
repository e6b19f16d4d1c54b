/// Many sequences on one token axis, without padding; what sequences of a group share at their
/// beginning is there once.
///
/// Each group becomes a tree, laid out depth first, the child that was given first before the
/// others. A chosen and a rejected answer to one prompt lie like this, as two spans:
///
///     rows        [ trunk | chosen ]  [ rejected ]
///     context                         [ trunk ]
///
/// A row exists only where its output, or that of a row after it, predicts a scored token: the
/// last scored token of a sequence is a target and has no row, nor has anything behind it. A
/// sequence without scored tokens has no rows.
///
/// A pair of row and target is one *entry*, however many sequences score it: what is scored in a
/// shared part is computed once and counts for each of them.
public struct PackedBatch: Sendable, Equatable {
    /// `[rows]`: input token ids.
    public private(set) var tokens: [Int32] = []
    /// `[rows]`: the row's position in its sequence, from 0.
    public private(set) var positions: [Int32] = []
    /// `[rows]`: the lengths of the shortest and the longest sequence through the row, in tokens.
    public private(set) var sequenceLengths: [ClosedRange<Int32>] = []
    /// Which rows see which: the spans cover all rows, in order and disjoint.
    public private(set) var spans: [AttentionSpan] = []
    /// `[entries]`: the row whose output predicts the target.
    ///
    /// Not in ascending order: a row that predicts for several branches comes again with each.
    public private(set) var predictors: [Int32] = []
    /// `[entries]`: the token that is predicted.
    ///
    /// Entries come in the order in which sequences first need them: those of the first sequence
    /// by position, then those that the second adds, and so on. No two of a group are equal.
    public private(set) var targets: [Int32] = []
    /// The entries that each sequence scores, in order of position, sequence after sequence.
    public private(set) var sequenceEntries: [Int32] = []
    /// `[sequences + 1]`: where each sequence begins in `sequenceEntries`, from 0.
    public private(set) var sequenceOffsets: [Int] = [0]

    /// Lays out groups of sequences.
    ///
    /// Takes time and memory linear in the number of tokens times the sequences of a group.
    ///
    /// - Parameters:
    ///   - groups: the sequences of one prompt each, such as `[chosen, rejected]`. Sequences are
    ///     numbered as given, group after group. Sequences of different groups share nothing.
    ///   - sharingPrefixes: where false, each sequence is laid out alone.
    ///   - lengthClass: sequences share nothing where this number of their lengths in tokens
    ///     differs; for models to which a row is not the same in sequences of different lengths.
    public init(
        groups: [[TokenSequence]],
        sharingPrefixes: Bool = true,
        lengthClass: (Int) -> Int = { _ in 0 }
    ) {
        for group in groups {
            if sharingPrefixes {
                append(group, lengthClass)
            } else {
                for sequence in group { append([sequence], lengthClass) }
            }
        }
    }

    /// How many sequences the batch has.
    public var sequenceCount: Int { sequenceOffsets.count - 1 }

    /// The entries that a sequence scores, in order of position.
    public func entries(ofSequence sequence: Int) -> ArraySlice<Int32> {
        sequenceEntries[sequenceOffsets[sequence]..<sequenceOffsets[sequence + 1]]
    }

    private mutating func append(_ group: [TokenSequence], _ lengthClass: (Int) -> Int) {
        let firstRow = tokens.count
        let rows = layOut(group, lengthClass)
        var table = EntryTable(firstRow: firstRow, firstEntry: targets.count)
        for (sequence, rows) in zip(group, rows) {
            for position in sequence.scored.joined() {
                let (row, target) = (rows[position - 1], sequence.tokens[position])
                let (entry, isNew) = table.entry(row: row, target: target)
                if isNew {
                    predictors.append(row)
                    targets.append(target)
                }
                sequenceEntries.append(entry)
            }
            sequenceOffsets.append(sequenceEntries.count)
        }
    }

    /// Appends the rows and spans of a group.
    ///
    /// - Returns: for each sequence the row of each of its input positions.
    private mutating func layOut(
        _ group: [TokenSequence],
        _ lengthClass: (Int) -> Int
    ) -> [[Int32]] {
        var rows = group.map { sequence in
            var rows: [Int32] = []
            rows.reserveCapacity(sequence.inputCount)
            return rows
        }
        let all = group.indices.filter { group[$0].inputCount > 0 }
        let trees = Self.parted(all) { lengthClass(group[$0].tokens.count) }
        var waiting = trees.flatMap { Self.children(of: $0, at: 0, in: group) }.reversed().map {
            Branch(members: $0, position: 0, context: [])
        }
        // One turn lays out a chain: a branch and its first children down to a leaf. The stack
        // gives the branches off it back from the leaf upwards, which is depth first.
        while let branch = waiting.popLast() {
            let start = tokens.count
            var (members, position) = (branch.members, branch.position)
            while let first = members.first {
                var lengths = Int32(group[first].tokens.count)...Int32(group[first].tokens.count)
                for member in members {
                    rows[member].append(Int32(tokens.count))
                    let length = Int32(group[member].tokens.count)
                    lengths = min(lengths.lowerBound, length)...max(lengths.upperBound, length)
                }
                sequenceLengths.append(lengths)
                tokens.append(group[first].tokens[position])
                positions.append(Int32(position))
                position += 1
                members.removeAll { group[$0].inputCount == position }
                guard let next = members.first.map({ group[$0].tokens[position] }),
                    !members.allSatisfy({ group[$0].tokens[position] == next })
                else { continue }
                let children = Self.children(of: members, at: position, in: group)
                let context = branch.context + [start..<tokens.count]
                members = children[0]
                waiting += children.dropFirst().reversed().map {
                    Branch(members: $0, position: position, context: context)
                }
            }
            spans.append(AttentionSpan(rows: start..<tokens.count, context: branch.context))
        }
        return rows
    }

    /// The members by their token at a position, in order of first appearance.
    private static func children(
        of members: [Int],
        at position: Int,
        in group: [TokenSequence]
    ) -> [[Int]] {
        parted(members) { group[$0].tokens[position] }
    }

    /// The members by a key, in order of first appearance.
    private static func parted<Key: Equatable>(
        _ members: [Int],
        by key: (Int) -> Key
    ) -> [[Int]] {
        var parts: [(key: Key, members: [Int])] = []
        for member in members {
            let key = key(member)
            if let index = parts.firstIndex(where: { $0.key == key }) {
                parts[index].members.append(member)
            } else {
                parts.append((key, [member]))
            }
        }
        return parts.map(\.members)
    }
}

/// A subtree that is still to be laid out.
private struct Branch {
    /// The sequences that go through it, by their index in the group, in the given order.
    var members: [Int]
    /// The position of its first row.
    var position: Int
    /// The rows before it.
    var context: [Range<Int>]
}
