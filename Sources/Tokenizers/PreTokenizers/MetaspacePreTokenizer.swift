/// Writes blanks as a visible character, puts one in front, and cuts before each.
struct MetaspacePreTokenizer: PreTokenizer {
    enum PrependScheme: String, Sendable, CaseIterable {
        case first, never, always
    }

    let replacement: [UInt8]
    let prependScheme: PrependScheme
    let cuts: Bool

    func apply(to text: inout PreTokenizedText) {
        text.rewrite { piece, isAtOrigin, result in
            let prepends = prependScheme == .always || prependScheme == .first && isAtOrigin
            if prepends, piece.first != 0x20, !piece.starts(with: replacement) {
                result.append(contentsOf: replacement)
            }
            for byte in piece {
                if byte == 0x20 {
                    result.append(contentsOf: replacement)
                } else {
                    result.append(byte)
                }
            }
        }
        if cuts { text.split(by: .literal(replacement), .mergedWithNext, inverted: false) }
    }
}
