/// What becomes of the places where a splitting pattern matches.
enum SplitBehavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    init(_ section: FileSection) throws {
        let name = try section.string()
        guard let behavior = SplitBehavior(rawValue: name) else {
            let names = Self.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw section.error("\"\(name)\" is not one of \(names)")
        }
        self = behavior
    }

    func cutter(offset: Int, inverted: Bool) -> Cutter {
        Cutter(behavior: self, offset: offset, inverted: inverted)
    }

    /// Turns matches and what lies between them, as they come, into pieces.
    struct Cutter {
        let behavior: SplitBehavior
        /// Where the text that the matches count in begins.
        let offset: Int
        let inverted: Bool
        private var previousWasMatch = false
        /// The piece that may still grow.
        private var open: PreTokenizedText.Piece?

        init(behavior: SplitBehavior, offset: Int, inverted: Bool) {
            self.behavior = behavior
            self.offset = offset
            self.inverted = inverted
        }

        @inline(__always)
        mutating func add(
            _ start: Int,
            _ end: Int,
            isMatch: Bool,
            _ pieces: inout [PreTokenizedText.Piece]
        ) {
            let isMatch = isMatch != inverted
            let piece = PreTokenizedText.Piece(start: start &+ offset, end: end &+ offset)
            switch behavior {
            case .isolated: append(piece, to: &pieces)
            case .removed: if !isMatch { append(piece, to: &pieces) }
            case .contiguous:
                grow(piece, when: isMatch == previousWasMatch, &pieces)
            case .mergedWithPrevious:
                grow(piece, when: isMatch && !previousWasMatch, &pieces)
            case .mergedWithNext:
                // Seen from the end, a match joins the gap behind it: of several matches in a row
                // only the last one does.
                grow(piece, when: previousWasMatch && !isMatch, &pieces)
            }
            previousWasMatch = isMatch
        }

        private mutating func grow(
            _ piece: PreTokenizedText.Piece,
            when joins: Bool,
            _ pieces: inout [PreTokenizedText.Piece]
        ) {
            if joins, open != nil {
                open?.end = piece.end
            } else {
                finish(&pieces)
                open = piece
            }
        }

        mutating func finish(_ pieces: inout [PreTokenizedText.Piece]) {
            if let open { append(open, to: &pieces) }
            open = nil
        }

        @inline(__always)
        private func append(
            _ piece: PreTokenizedText.Piece,
            to pieces: inout [PreTokenizedText.Piece]
        ) {
            if piece.start < piece.end { pieces.append(piece) }
        }
    }
}
