/// Finds the tokens that a text begins with, byte by byte.
struct TokenTrie: Sendable {
    /// By node: the id of the token that ends there, or -1.
    private var ids: [Int32] = [-1]
    /// Open addressing: a node and a byte, and the node they lead to.
    private var keys: [UInt64] = Array(repeating: .max, count: 16)
    private var children: [Int32] = Array(repeating: -1, count: 16)
    private var edgeCount = 0

    mutating func insert(_ token: UnsafeBufferPointer<UInt8>, id: Int32) {
        var node = 0
        for byte in token {
            let key = Self.key(node, byte)
            let place = place(of: key)
            if keys[place] == key {
                node = Int(children[place])
                continue
            }
            let child = ids.count
            ids.append(-1)
            keys[place] = key
            children[place] = Int32(truncatingIfNeeded: child)
            edgeCount += 1
            if edgeCount * 2 > keys.count { grow() }
            node = child
        }
        if node > 0 { ids[node] = id }
    }

    /// Visits the tokens that the text has at a place, the shortest first.
    @inline(__always)
    func forEachPrefix(
        of text: UnsafeBufferPointer<UInt8>,
        from start: Int,
        _ body: (_ end: Int, Int32) -> Void
    ) {
        var node = 0
        var index = start
        while index < text.count {
            let key = Self.key(node, text[index])
            let place = place(of: key)
            guard keys[place] == key else { return }
            node = Int(children[place])
            index &+= 1
            if ids[node] >= 0 { body(index, ids[node]) }
        }
    }

    @inline(__always)
    private static func key(_ node: Int, _ byte: UInt8) -> UInt64 {
        UInt64(truncatingIfNeeded: node) << 8 | UInt64(byte)
    }

    @inline(__always)
    private func place(of key: UInt64) -> Int {
        let mask = keys.count &- 1
        var place = Int(truncatingIfNeeded: ByteHash.mix(key &+ 0x9E37_79B9_7F4A_7C15)) & mask
        while keys[place] != key, keys[place] != .max { place = (place &+ 1) & mask }
        return place
    }

    private mutating func grow() {
        let (oldKeys, oldChildren) = (keys, children)
        keys = Array(repeating: .max, count: oldKeys.count * 2)
        children = Array(repeating: -1, count: oldKeys.count * 2)
        for (key, child) in zip(oldKeys, oldChildren) where key != .max {
            let place = place(of: key)
            keys[place] = key
            children[place] = child
        }
    }
}
