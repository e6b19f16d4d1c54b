/// A curve drawn with characters.
public struct TextPlot: Sendable {
    /// What a curve is drawn with.
    public enum Style: Sendable {
        /// Braille patterns, two dots wide and four high.
        case braille
        /// Asterisks.
        case ascii

        /// Braille where a locale's characters are UTF-8.
        public init(environment: [String: String]) {
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
                .first { !$0.isEmpty }?.lowercased()
            let isUnicode = locale.map { $0.contains("utf-8") || $0.contains("utf8") } ?? false
            self = isUnicode ? .braille : .ascii
        }

        var dotsPerColumn: Int { self == .braille ? 2 : 1 }
        var dotsPerRow: Int { self == .braille ? 4 : 1 }
    }

    /// Characters of a line, without the scale beside it.
    public var columns: Int
    /// Lines.
    public var rows: Int
    /// What it is drawn with.
    public var style: Style

    /// How many values a curve needs: one per column of dots.
    public var valueCount: Int { columns * style.dotsPerColumn }

    /// A plot of a size.
    public init(columns: Int = 60, rows: Int = 7, style: Style) {
        self.columns = columns
        self.rows = rows
        self.style = style
    }

    /// The lines of a curve, each with its scale: the largest value above, the smallest below.
    ///
    /// - Parameter values: `valueCount` finite numbers.
    public func lines(_ values: [Double]) -> [String] {
        let dots = rows * style.dotsPerRow
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        let heights = values.prefix(valueCount).map { value in
            high > low ? Int(((value - low) / (high - low) * Double(dots - 1)).rounded()) : 0
        }
        var cells = Array(repeating: Array(repeating: UInt32(0), count: columns), count: rows)
        for (x, height) in heights.enumerated() {
            // Down or up to the curve's last dot, so that it is not torn where it is steep.
            let last = x > 0 ? heights[x - 1] : height
            let range = min(height, last + 1)...max(height, last - 1)
            for y in range where abs(height - last) > 1 || y == height {
                let row = rows - 1 - y / style.dotsPerRow
                let (column, side) = (x / style.dotsPerColumn, x % style.dotsPerColumn)
                cells[row][column] |= Self.bits[y % style.dotsPerRow][side]
            }
        }
        let labels = [NumberFormat.fourDigits(high), NumberFormat.fourDigits(low)]
        let width = labels.map(\.count).max() ?? 0
        return cells.enumerated().map { row, cells in
            let label = row == 0 ? labels[0] : row == rows - 1 ? labels[1] : ""
            let padding = String(repeating: " ", count: width - label.count)
            let bar = style == .braille ? "│" : "|"
            return padding + label + " " + bar + String(String.UnicodeScalarView(cells.map(scalar)))
        }
    }

    /// The bits of Braille dots, from below, left and right.
    private static let bits: [[UInt32]] = [
        [0x40, 0x80], [0x04, 0x20], [0x02, 0x10], [0x01, 0x08],
    ]

    private func scalar(_ bits: UInt32) -> Unicode.Scalar {
        switch style {
        case .ascii: bits == 0 ? " " : "*"
        case .braille: Unicode.Scalar(0x2800 + bits) ?? " "
        }
    }
}
