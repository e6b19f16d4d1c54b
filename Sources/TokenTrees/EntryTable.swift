/// Numbers the entries of a group: the same row and target get the same number.
///
/// Every row has a list of its entries, linked through the entries. The lists are as long as the
/// tree branches there, so a search takes no more steps than a group has sequences.
struct EntryTable {
    private let firstRow: Int
    private let firstEntry: Int
    /// Per row of the group its latest entry, −1 for none.
    private var latest: [Int32] = []
    /// Per entry the one before it at the same row, −1 for none.
    private var earlier: [Int32] = []
    /// Per entry its target.
    private var targets: [Int32] = []

    /// - Parameters:
    ///   - firstRow: the batch's number of the group's first row.
    ///   - firstEntry: the batch's number of the group's first entry.
    init(firstRow: Int, firstEntry: Int) {
        self.firstRow = firstRow
        self.firstEntry = firstEntry
    }

    /// The number of an entry in the batch, and whether it was not there before.
    mutating func entry(row: Int32, target: Int32) -> (number: Int32, isNew: Bool) {
        let row = Int(row) - firstRow
        if latest.count <= row {
            latest.append(contentsOf: repeatElement(-1, count: row + 1 - latest.count))
        }
        var candidate = latest[row]
        while candidate >= 0 {
            if targets[Int(candidate)] == target { return (Int32(firstEntry) + candidate, false) }
            candidate = earlier[Int(candidate)]
        }
        let entry = Int32(targets.count)
        earlier.append(latest[row])
        targets.append(target)
        latest[row] = entry
        return (Int32(firstEntry) + entry, true)
    }
}
