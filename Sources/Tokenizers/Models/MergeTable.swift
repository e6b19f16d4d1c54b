/// Which pairs of tokens become which token, and in what order: a flat hash table.
struct MergeTable: Sendable {
    /// A pair's rank (lower goes first) in the high half, the new token's id in the low half.
    typealias Merge = UInt64

    /// No pair: behind every rank.
    static let none = Merge.max

    /// By place: the pair, left id in the high half, or `free`.
    private var pairs: [UInt64]
    private var merges: [Merge]
    private var mask: Int
    private var count = 0

    /// Ids stay below 2^24, so no pair looks like this.
    private static let free = UInt64.max

    init(capacity: Int) {
        var size = 16
        while size * 5 < capacity * 8 { size *= 2 }
        pairs = Array(repeating: Self.free, count: size)
        merges = Array(repeating: Self.none, count: size)
        mask = size - 1
    }

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    static func newID(of merge: Merge) -> Int32 { Int32(truncatingIfNeeded: merge) }

    @inline(__always)
    static func rank(of merge: Merge) -> UInt32 { UInt32(truncatingIfNeeded: merge >> 32) }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func place(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: ByteHash.mix(key &+ 0x9E37_79B9_7F4A_7C15))
    }

    /// Adds a pair; a pair that is there already takes the new rank.
    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, newID: Int32) {
        if (count + 1) * 8 > pairs.count * 5 { grow() }
        let merge = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: newID))
        place(Self.key(left, right), merge)
    }

    private mutating func place(_ key: UInt64, _ merge: Merge) {
        var place = Self.place(key) & mask
        while pairs[place] != Self.free, pairs[place] != key { place = (place + 1) & mask }
        if pairs[place] == Self.free { count += 1 }
        pairs[place] = key
        merges[place] = merge
    }

    private mutating func grow() {
        let (oldPairs, oldMerges) = (pairs, merges)
        self = MergeTable(capacity: pairs.count * 2)
        for (pair, merge) in zip(oldPairs, oldMerges) where pair != Self.free {
            place(pair, merge)
        }
    }

    /// What the pair becomes, or `none`.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge {
        let key = Self.key(left, right)
        var place = Self.place(key) & mask
        while true {
            let found = pairs[place]
            if found == key { return merges[place] }
            if found == Self.free { return Self.none }
            place = (place &+ 1) & mask
        }
    }
}
