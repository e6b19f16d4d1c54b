/// A word as a list of tokens whose neighbours merge, in the order of the ranks.
///
/// Among pairs of one rank the leftmost goes first.
struct SymbolList: Sendable {
    private var ids: [Int32] = []
    /// For short words, by token: what it and its right neighbour become.
    private var merges: [MergeTable.Merge] = []
    /// For long words, by token: the neighbours that are still there, or -1.
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private var queue = MergeQueue()

    /// Above this a queue costs less than looking through all pairs again after every merge.
    private static let longestScanned = 96

    mutating func removeAll() { ids.removeAll(keepingCapacity: true) }

    @inline(__always)
    mutating func append(_ id: Int32) { ids.append(id) }

    /// Merges what can be merged and appends the tokens that are left.
    mutating func merge(with table: MergeTable, appendingTo result: inout [Int32]) {
        if table.isEmpty || ids.count < 2 {
            result.append(contentsOf: ids)
        } else if ids.count <= Self.longestScanned {
            mergeByScanning(table, &result)
        } else {
            mergeByQueue(table, &result)
        }
    }

    private mutating func mergeByScanning(_ table: MergeTable, _ result: inout [Int32]) {
        var count = ids.count
        merges.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 { merges.append(table.merge(ids[index], ids[index + 1])) }
        merges.append(MergeTable.none)
        ids.withUnsafeMutableBufferPointer { ids in
            merges.withUnsafeMutableBufferPointer { merges in
                while true {
                    var best = MergeTable.none
                    var place = 0
                    var index = 0
                    while index < count &- 1 {
                        // One pair has one rank, so equal values are the same pair: leftmost wins.
                        if merges[index] < best {
                            best = merges[index]
                            place = index
                        }
                        index &+= 1
                    }
                    if best == MergeTable.none { break }
                    ids[place] = MergeTable.newID(of: best)
                    count &-= 1
                    index = place &+ 1
                    while index < count {
                        ids[index] = ids[index &+ 1]
                        merges[index] = merges[index &+ 1]
                        index &+= 1
                    }
                    merges[place] =
                        place &+ 1 < count
                        ? table.merge(ids[place], ids[place &+ 1]) : MergeTable.none
                    if place > 0 {
                        merges[place &- 1] = table.merge(ids[place &- 1], ids[place])
                    }
                }
            }
        }
        result.append(contentsOf: ids[..<count])
    }

    private mutating func mergeByQueue(_ table: MergeTable, _ result: inout [Int32]) {
        let count = ids.count
        previous.removeAll(keepingCapacity: true)
        next.removeAll(keepingCapacity: true)
        queue.removeAll()
        for index in 0..<count {
            previous.append(Int32(truncatingIfNeeded: index) &- 1)
            next.append(index + 1 < count ? Int32(truncatingIfNeeded: index) &+ 1 : -1)
            if index + 1 < count {
                queue.add(table.merge(ids[index], ids[index + 1]), at: index)
            }
        }
        queue.order()
        while let (place, merge) = queue.removeFirst() {
            // A token that went into its left neighbour is marked by -1.
            guard ids[place] >= 0, next[place] >= 0 else { continue }
            let right = Int(next[place])
            let now = table.merge(ids[place], ids[right])
            guard now != MergeTable.none, MergeTable.newID(of: now) == MergeTable.newID(of: merge)
            else { continue }
            ids[place] = MergeTable.newID(of: merge)
            ids[right] = -1
            next[place] = next[right]
            if next[place] >= 0 {
                let after = Int(next[place])
                previous[after] = Int32(truncatingIfNeeded: place)
                queue.insert(table.merge(ids[place], ids[after]), at: place)
            }
            if previous[place] >= 0 {
                let before = Int(previous[place])
                queue.insert(table.merge(ids[before], ids[place]), at: before)
            }
        }
        for id in ids where id >= 0 { result.append(id) }
    }
}

/// Pairs that can merge: the one with the lowest rank first, among equals the leftmost.
private struct MergeQueue: Sendable {
    private struct Entry {
        /// Rank in the high half, place in the low half.
        var order: UInt64
        var newID: Int32
    }

    private var heap: [Entry] = []

    mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

    /// Adds a pair out of order; `order()` follows.
    @inline(__always)
    mutating func add(_ merge: MergeTable.Merge, at place: Int) {
        guard merge != MergeTable.none else { return }
        heap.append(
            Entry(
                order: UInt64(MergeTable.rank(of: merge)) << 32 | UInt64(place),
                newID: MergeTable.newID(of: merge)
            )
        )
    }

    mutating func order() {
        var index = heap.count / 2
        while index > 0 {
            index &-= 1
            sink(index)
        }
    }

    @inline(__always)
    mutating func insert(_ merge: MergeTable.Merge, at place: Int) {
        guard merge != MergeTable.none else { return }
        add(merge, at: place)
        heap.withUnsafeMutableBufferPointer { heap in
            var index = heap.count &- 1
            let entry = heap[index]
            while index > 0 {
                let parent = (index &- 1) / 4
                if heap[parent].order <= entry.order { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = entry
        }
    }

    mutating func removeFirst() -> (place: Int, merge: MergeTable.Merge)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        let rank = first.order & 0xFFFF_FFFF_0000_0000
        return (
            Int(first.order & 0xFFFF_FFFF), rank | UInt64(UInt32(bitPattern: first.newID))
        )
    }

    private mutating func sink(_ start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var index = start
            let entry = heap[index]
            while true {
                let firstChild = index &* 4 &+ 1
                guard firstChild < heap.count else { break }
                var least = firstChild
                var child = firstChild &+ 1
                let end = min(firstChild &+ 4, heap.count)
                while child < end {
                    if heap[child].order < heap[least].order { least = child }
                    child &+= 1
                }
                if heap[least].order >= entry.order { break }
                heap[index] = heap[least]
                index = least
            }
            heap[index] = entry
        }
    }
}
