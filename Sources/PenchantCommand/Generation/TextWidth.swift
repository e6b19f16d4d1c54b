/// How many columns of a terminal text takes.
enum TextWidth {
    /// The columns of a text without line breaks.
    static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

    /// The columns of a character: two for those of East Asia and pictures, none for what only
    /// combines.
    static func of(_ character: Character) -> Int {
        character.unicodeScalars.map(of).max() ?? 0
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// Texts beside each other, each wrapped into a column.
    ///
    /// - Parameter width: columns of the terminal.
    static func beside(_ left: String, _ right: String, width: Int) -> [String] {
        let column = (width - 3) / 2
        let (left, right) = (wrapped(left, column), wrapped(right, column))
        return (0..<max(left.count, right.count)).map { row in
            let first = row < left.count ? left[row] : ""
            let second = row < right.count ? right[row] : ""
            let padding = String(repeating: " ", count: max(0, column - of(first)))
            return "\(first)\(padding) │ \(second)"
        }
    }

    /// The lines of a text, none wider than so many columns; words are kept whole where they fit.
    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
            var lines: [String] = []
            var (line, used) = ("", 0)
            func end() {
                lines.append(line)
                (line, used) = ("", 0)
            }
            for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
                if used > 0, used + 1 + of(String(word)) > width { end() }
                if used > 0 || line.isEmpty == false {
                    line += " "
                    used += 1
                }
                for character in word {
                    if used + of(character) > width { end() }
                    line.append(character)
                    used += of(character)
                }
            }
            end()
            return lines
        }
    }
}
