/// Tokens with their ids, both ways, in flat tables.
///
/// Ids may have holes. A token is its UTF-8 bytes.
struct Vocabulary: Sendable {
    /// Ids index tables, so a file must not be able to ask for endless ones.
    static let largestID = (1 << 24) - 1

    static func id(_ integer: Int) -> Int32? {
        0...largestID ~= integer ? Int32(integer) : nil
    }

    /// How many tokens there are.
    private(set) var count = 0
    /// The bytes of all tokens, one after the other.
    private var bytes: [UInt8] = []
    /// By entry: where its bytes begin; one more element at the end.
    private var starts: [Int] = [0]
    /// By entry: its id.
    private var ids: [Int32] = []
    /// By id: its entry, or -1 for a hole.
    private var entries: [Int32] = []
    /// Open addressing with linear probing: an entry and 32 bits of its hash, or -1 where free.
    private var slots: [Slot]
    private var mask: Int

    private struct Slot {
        var entry: Int32
        var hash: UInt32
    }

    init(capacity: Int = 0) {
        let slotCount = Self.slotCount(for: capacity)
        slots = Array(repeating: Slot(entry: -1, hash: 0), count: slotCount)
        mask = slotCount - 1
        starts.reserveCapacity(capacity + 1)
        ids.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * 8)
    }

    private static func slotCount(for entries: Int) -> Int {
        var slotCount = 16
        while slotCount < entries * 2 { slotCount *= 2 }
        return slotCount
    }

    /// Largest id + 1.
    var size: Int { entries.count }

    /// Adds a token, or gives a known token a new id: the last one in a file holds.
    ///
    /// - Parameter keepsOldID: whether a known token is still what its old id stands for.
    mutating func insert(_ token: String, id: Int32, keepsOldID: Bool = false) {
        var token = token
        token.withUTF8 { insert($0, id: id, keepsOldID: keepsOldID) }
    }

    mutating func insert(
        _ token: UnsafeBufferPointer<UInt8>,
        id: Int32,
        keepsOldID: Bool = false
    ) {
        while entries.count <= Int(id) { entries.append(-1) }
        let hash = ByteHash.hash(token)
        let slot = slot(of: token, hash: hash)
        if slots[slot].entry >= 0 {
            let entry = Int(slots[slot].entry)
            if keepsOldID {
                count += 1
            } else if entries[Int(ids[entry])] == slots[slot].entry {
                entries[Int(ids[entry])] = -1
            }
            ids[entry] = id
            entries[Int(id)] = Int32(entry)
            return
        }
        let entry = Int32(truncatingIfNeeded: ids.count)
        bytes.append(contentsOf: token)
        starts.append(bytes.count)
        ids.append(id)
        entries[Int(id)] = entry
        slots[slot] = Slot(entry: entry, hash: UInt32(truncatingIfNeeded: hash >> 32))
        count += 1
        if ids.count * 2 > slots.count { grow() }
    }

    private mutating func grow() {
        var bigger = Array(repeating: Slot(entry: -1, hash: 0), count: slots.count * 2)
        mask = bigger.count - 1
        for slot in slots where slot.entry >= 0 {
            let hash = withBytes(ofEntry: Int(slot.entry)) { ByteHash.hash($0) }
            var place = Int(truncatingIfNeeded: hash) & mask
            while bigger[place].entry >= 0 { place = (place + 1) & mask }
            bigger[place] = slot
        }
        slots = bigger
    }

    /// Where the token is, or the free place where it would be.
    @inline(__always)
    private func slot(of token: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & mask
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        while slots[place].entry >= 0 {
            if slots[place].hash == tag, isEntry(Int(slots[place].entry), token) { return place }
            place = (place &+ 1) & mask
        }
        return place
    }

    @inline(__always)
    private func isEntry(_ entry: Int, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = starts[entry]
        guard starts[entry + 1] - start == token.count else { return false }
        return bytes.withUnsafeBufferPointer {
            var index = 0
            while index < token.count {
                if $0[start &+ index] != token[index] { return false }
                index &+= 1
            }
            return true
        }
    }

    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        let entry = slots[slot(of: token, hash: ByteHash.hash(token))].entry
        return entry < 0 ? nil : ids[Int(entry)]
    }

    func id(of token: String) -> Int32? {
        var token = token
        return token.withUTF8 { id(of: $0) }
    }

    func id(of token: some Sequence<UInt8>) -> Int32? {
        Array(token).withUnsafeBufferPointer { id(of: $0) }
    }

    /// Gives the bytes of the token of an id to the body, or returns nil for a hole.
    func withBytes<Result>(
        of id: Int32,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result? {
        guard entries.indices.contains(Int(id)), entries[Int(id)] >= 0 else { return nil }
        return withBytes(ofEntry: Int(entries[Int(id)]), body)
    }

    /// By byte: the id of the token that stands for it, `<0x0A>`, or -1.
    var byteFallbackIDs: [Int32] {
        (0...255).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>") ?? -1
        }
    }

    func token(of id: Int32) -> String? {
        withBytes(of: id) { String(decoding: $0, as: UTF8.self) }
    }

    /// Visits every token with its id.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>, Int32) throws -> Void) rethrows {
        for entry in ids.indices {
            try withBytes(ofEntry: entry) { try body($0, ids[entry]) }
        }
    }

    private func withBytes<Result>(
        ofEntry entry: Int,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[starts[entry]..<starts[entry + 1]]))
        }
    }
}
