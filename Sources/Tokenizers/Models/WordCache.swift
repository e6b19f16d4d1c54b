/// Ids of words met before, so that a word is merged once and then looked up.
///
/// Its size is bounded: full, it begins again empty.
struct WordCache: Sendable {
    private struct Slot {
        /// 0 where free.
        var hash: UInt64 = 0
        var keyStart: UInt32 = 0
        var idStart: UInt32 = 0
        var keyCount: UInt16 = 0
        var idCount: UInt16 = 0
    }

    /// Longer words are rare and would fill the tables.
    static let longestWord = 128

    private static let largestSlotCount = 1 << 16
    private static let largestKeyBytes = 1 << 21

    private var slots: [Slot] = []
    private var count = 0
    private var keys: [UInt8] = []
    private var ids: [Int32] = []

    /// Appends the ids of a known word and says whether it is known.
    @inline(__always)
    func append(
        _ word: UnsafeBufferPointer<UInt8>,
        hash: UInt64,
        to result: inout [Int32]
    ) -> Bool {
        guard !slots.isEmpty else { return false }
        let mask = slots.count &- 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place].hash != 0 {
            let slot = slots[place]
            if slot.hash == hash, Int(slot.keyCount) == word.count, isKey(slot, word) {
                if slot.idCount == 1 {
                    result.append(ids[Int(slot.idStart)])
                } else {
                    let start = Int(slot.idStart)
                    for index in start..<start &+ Int(slot.idCount) { result.append(ids[index]) }
                }
                return true
            }
            place = (place &+ 1) & mask
        }
        return false
    }

    @inline(__always)
    private func isKey(_ slot: Slot, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(slot.keyStart)
        return keys.withUnsafeBufferPointer {
            var index = 0
            while index < word.count {
                if $0[start &+ index] != word[index] { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Remembers a word that is not known yet.
    mutating func insert(
        _ word: UnsafeBufferPointer<UInt8>,
        hash: UInt64,
        ids wordIDs: ArraySlice<Int32>
    ) {
        guard word.count <= Self.longestWord, wordIDs.count <= Int(UInt16.max) else { return }
        if count * 2 >= slots.count || keys.count + word.count > Self.largestKeyBytes {
            makeRoom()
        }
        let slot = Slot(
            hash: hash,
            keyStart: UInt32(keys.count),
            idStart: UInt32(ids.count),
            keyCount: UInt16(word.count),
            idCount: UInt16(wordIDs.count)
        )
        keys.append(contentsOf: word)
        ids.append(contentsOf: wordIDs)
        place(slot)
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: slot.hash) & mask
        while slots[place].hash != 0 { place = (place + 1) & mask }
        slots[place] = slot
        count += 1
    }

    private mutating func makeRoom() {
        if slots.count >= Self.largestSlotCount || keys.count * 2 > Self.largestKeyBytes {
            slots = Array(repeating: Slot(), count: slots.count)
            keys.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
            count = 0
            return
        }
        let old = slots
        slots = Array(repeating: Slot(), count: max(1 << 10, slots.count * 4))
        count = 0
        for slot in old where slot.hash != 0 { place(slot) }
    }
}
