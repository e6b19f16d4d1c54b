/// Finds added tokens in a text: leftmost first, among those the longest.
struct TokenMatcher: Sendable {
    private struct Node {
        var edges: [(byte: UInt8, node: Int32)] = []
        /// The id of the token that ends here, or -1.
        var id: Int32 = -1
    }

    private var nodes: [Node] = []
    /// By first byte: its node, or -1.
    private var roots = [Int32](repeating: -1, count: 256)

    var isEmpty: Bool { nodes.isEmpty }

    /// Adds a token that is not empty.
    ///
    /// - Returns: false where the same bytes are there already.
    mutating func insert(_ token: [UInt8], id: Int32) -> Bool {
        guard let first = token.first else { return false }
        if roots[Int(first)] < 0 { roots[Int(first)] = addNode() }
        var node = Int(roots[Int(first)])
        for byte in token.dropFirst() {
            if let edge = nodes[node].edges.first(where: { $0.byte == byte }) {
                node = Int(edge.node)
            } else {
                let next = addNode()
                nodes[node].edges.append((byte, next))
                node = Int(next)
            }
        }
        guard nodes[node].id < 0 else { return false }
        nodes[node].id = id
        return true
    }

    private mutating func addNode() -> Int32 {
        nodes.append(Node())
        return Int32(truncatingIfNeeded: nodes.count - 1)
    }

    /// The first match that begins at the index or behind it.
    @inline(__always)
    func firstMatch(
        in bytes: UnsafeBufferPointer<UInt8>,
        from index: Int
    ) -> (start: Int, end: Int, id: Int32)? {
        var start = index
        return roots.withUnsafeBufferPointer { roots in
            while start < bytes.count {
                let root = roots[Int(bytes[start])]
                if root >= 0, let match = longestMatch(from: root, in: bytes, at: start) {
                    return match
                }
                start &+= 1
            }
            return nil
        }
    }

    private func longestMatch(
        from root: Int32,
        in bytes: UnsafeBufferPointer<UInt8>,
        at start: Int
    ) -> (start: Int, end: Int, id: Int32)? {
        var node = Int(root)
        var index = start + 1
        var match: (start: Int, end: Int, id: Int32)?
        while true {
            if nodes[node].id >= 0 { match = (start, index, nodes[node].id) }
            guard index < bytes.count,
                let edge = nodes[node].edges.first(where: { $0.byte == bytes[index] })
            else { return match }
            node = Int(edge.node)
            index += 1
        }
    }
}
