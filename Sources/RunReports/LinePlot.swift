import Foundation

/// Curves over one axis, drawn as SVG.
///
/// Colours are classes `c0`, `c1`, … that `PlotPage` gives values for light and dark.
public struct LinePlot: Sendable {
    /// How values lie on the vertical axis.
    public enum Scale: Sendable {
        /// Equal differences are equally far apart.
        case linear
        /// Equal factors are equally far apart; what is below the floor lies on it.
        case logarithmic(floor: Double)
    }

    /// One curve.
    public struct Series: Sendable {
        /// What a pointer over it says.
        public var name: String
        /// Which of the page's colours it has.
        public var color: Int
        /// Whether its line is dashed.
        public var isDashed: Bool
        /// Its points, by x; the line is torn where y is not finite.
        public var points: [(x: Double, y: Double)]

        /// A curve.
        public init(
            name: String,
            color: Int,
            isDashed: Bool = false,
            points: [(x: Double, y: Double)]
        ) {
            self.name = name
            self.color = color
            self.isDashed = isDashed
            self.points = points
        }
    }

    /// A value that is marked all along.
    public struct Guide: Sendable {
        /// The value.
        public var value: Double
        /// Which of the page's colours it has; nil for that of the axes.
        public var color: Int?
        /// What stands at its end.
        public var label: String

        /// A marked value.
        public init(value: Double, color: Int?, label: String) {
            self.value = value
            self.color = color
            self.label = label
        }
    }

    /// What stands above it.
    public var title: String
    /// What the horizontal axis measures.
    public var xLabel: String
    /// What the vertical axis measures.
    public var yLabel: String
    /// How values lie on the vertical axis.
    public var scale: Scale
    /// The curves.
    public var series: [Series]
    /// Marked values.
    public var guides: [Guide]

    /// A plot.
    public init(
        title: String,
        xLabel: String,
        yLabel: String,
        scale: Scale = .linear,
        series: [Series],
        guides: [Guide] = []
    ) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.scale = scale
        self.series = series
        self.guides = guides
    }

    private static let width = 520.0
    private static let height = 340.0
    /// The field in which curves are drawn.
    private static let field = (left: 66.0, right: 506.0, top: 34.0, bottom: 292.0)

    /// The plot as an `svg` element.
    public var svg: String {
        let values = series.flatMap { $0.points.map(\.y) } + guides.map(\.value)
        let horizontal = PlotAxis(series.flatMap { $0.points.map(\.x) })
        let vertical =
            switch scale {
            case .linear: PlotAxis(values)
            case .logarithmic(let floor): PlotAxis(logarithmicallyFrom: floor, values)
            }
        var lines = [
            """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
            aria-label="\(title.escapedForHTML)">
            """,
            text(title, x: Self.field.left, y: 20, kind: "title"),
        ]
        lines += frame(horizontal, vertical)
        lines += guides.compactMap { drawn($0, vertical) }
        lines += series.map { drawn($0, horizontal, vertical) }
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    private func x(_ position: Double) -> Double {
        Self.field.left + position * (Self.field.right - Self.field.left)
    }

    private func y(_ position: Double) -> Double {
        Self.field.bottom - position * (Self.field.bottom - Self.field.top)
    }

    /// The grid, the numbers beside it and what they measure.
    private func frame(_ horizontal: PlotAxis, _ vertical: PlotAxis) -> [String] {
        let field = Self.field
        var lines: [String] = []
        for tick in vertical.ticks {
            let y = y(vertical.position(tick.value) ?? 0)
            lines.append(line("grid", field.left, y, field.right, y))
            lines.append(text(tick.label, x: field.left - 8, y: y + 4, kind: "end"))
        }
        for tick in horizontal.ticks {
            let x = x(horizontal.position(tick.value) ?? 0)
            lines.append(line("grid", x, field.top, x, field.bottom))
            lines.append(text(tick.label, x: x, y: field.bottom + 17, kind: "middle"))
        }
        lines.append(line("axis", field.left, field.bottom, field.right, field.bottom))
        lines.append(line("axis", field.left, field.top, field.left, field.bottom))
        let center = (x: (field.left + field.right) / 2, y: (field.top + field.bottom) / 2)
        lines.append(text(xLabel, x: center.x, y: Self.height - 8, kind: "middle label"))
        lines.append(
            """
            <text class="middle label" transform="translate(16 \(number(center.y))) \
            rotate(-90)">\(yLabel.escapedForHTML)</text>
            """
        )
        return lines
    }

    private func drawn(_ guide: Guide, _ vertical: PlotAxis) -> String? {
        guard let position = vertical.position(guide.value) else { return nil }
        let color = guide.color.map { " c\(PlotPage.colorIndex($0))" } ?? ""
        let y = y(position)
        return line("guide\(color)", Self.field.left, y, Self.field.right, y)
            + text(guide.label, x: Self.field.right - 4, y: y - 4, kind: "end note")
    }

    private func drawn(_ series: Series, _ horizontal: PlotAxis, _ vertical: PlotAxis) -> String {
        var path = ""
        var isTorn = true
        for point in series.points {
            guard let x = horizontal.position(point.x), let y = vertical.position(point.y) else {
                isTorn = true
                continue
            }
            path += "\(isTorn ? "M" : "L")\(number(self.x(x))) \(number(self.y(y)))"
            isTorn = false
        }
        let kind =
            "curve c\(PlotPage.colorIndex(series.color))" + (series.isDashed ? " dashed" : "")
        return """
            <path class="\(kind)" d="\(path)"><title>\(series.name.escapedForHTML)</title></path>
            """
    }

    private func line(
        _ kind: String,
        _ x1: Double,
        _ y1: Double,
        _ x2: Double,
        _ y2: Double
    ) -> String {
        """
        <line class="\(kind)" x1="\(number(x1))" y1="\(number(y1))" x2="\(number(x2))" \
        y2="\(number(y2))"/>
        """
    }

    private func text(_ text: String, x: Double, y: Double, kind: String) -> String {
        """
        <text class="\(kind)" x="\(number(x))" y="\(number(y))">\(text.escapedForHTML)</text>
        """
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
