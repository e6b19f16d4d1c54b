/// A text on its way through the pre-tokenizers: bytes, and the pieces they are cut into.
struct PreTokenizedText: Sendable {
    struct Piece: Sendable {
        var start: Int
        var end: Int
    }

    /// UTF-8; pre-tokenizers that change the text write it anew.
    var bytes: [UInt8] = []
    /// In order; none is empty. What lies between them is dropped.
    var pieces: [Piece] = []
    /// Whether the first byte here stands for the first character of the whole text.
    var beginsAtOrigin = false

    /// What the next state is written into, kept to save allocations.
    private var spareBytes: [UInt8] = []
    private var sparePieces: [Piece] = []

    /// Begins anew with one piece: the whole text.
    mutating func reset(_ text: UnsafeBufferPointer<UInt8>, beginsAtOrigin: Bool) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: text)
        pieces.removeAll(keepingCapacity: true)
        if !text.isEmpty { pieces.append(Piece(start: 0, end: text.count)) }
        self.beginsAtOrigin = beginsAtOrigin
    }

    /// Cuts every piece where a pattern matches.
    mutating func split(by pattern: TextPattern, _ behavior: SplitBehavior, inverted: Bool) {
        sparePieces.removeAll(keepingCapacity: true)
        bytes.withUnsafeBufferPointer { bytes in
            for piece in pieces {
                let text = UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end])
                var cut = behavior.cutter(offset: piece.start, inverted: inverted)
                var covered = 0
                pattern.forEachMatch(in: text) { start, end in
                    if covered != start { cut.add(covered, start, isMatch: false, &sparePieces) }
                    cut.add(start, end, isMatch: true, &sparePieces)
                    covered = end
                }
                if covered != text.count {
                    cut.add(covered, text.count, isMatch: false, &sparePieces)
                }
                cut.finish(&sparePieces)
            }
        }
        swap(&pieces, &sparePieces)
    }

    /// Cuts every piece as the body says.
    ///
    /// - Parameter body: gets the piece and a function that takes the bounds of what is left of it.
    mutating func split(
        _ body: (UnsafeBufferPointer<UInt8>, _ cut: (_ start: Int, _ end: Int) -> Void) -> Void
    ) {
        sparePieces.removeAll(keepingCapacity: true)
        bytes.withUnsafeBufferPointer { bytes in
            for piece in pieces {
                body(UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end])) { start, end in
                    guard start < end else { return }
                    sparePieces.append(
                        Piece(start: piece.start + start, end: piece.start + end)
                    )
                }
            }
        }
        swap(&pieces, &sparePieces)
    }

    /// Writes every piece anew.
    ///
    /// - Parameter body: gets the piece and whether it begins the whole text, and appends its new
    ///   text.
    mutating func rewrite(
        _ body: (UnsafeBufferPointer<UInt8>, _ isAtOrigin: Bool, inout [UInt8]) -> Void
    ) {
        spareBytes.removeAll(keepingCapacity: true)
        var origin = false
        bytes.withUnsafeBufferPointer { bytes in
            for index in pieces.indices {
                let piece = pieces[index]
                let isAtOrigin = beginsAtOrigin && piece.start == 0
                origin = origin || isAtOrigin
                let start = spareBytes.count
                body(
                    UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end]),
                    isAtOrigin,
                    &spareBytes
                )
                pieces[index] = Piece(start: start, end: spareBytes.count)
            }
        }
        pieces.removeAll { $0.start == $0.end }
        beginsAtOrigin = origin
        swap(&bytes, &spareBytes)
    }
}
