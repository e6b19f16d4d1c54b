/// Plots with words on one page of HTML that needs no other file, for light and dark screens.
public struct PlotPage: Sendable {
    /// What stands above it.
    public var title: String
    /// What it is about.
    public var paragraphs: [String]
    /// What was found.
    public var findings: [String]
    /// The names of the colours, in their order.
    public var legend: [String]
    /// The plots.
    public var plots: [LinePlot]

    /// A page.
    public init(
        title: String,
        paragraphs: [String],
        findings: [String],
        legend: [String],
        plots: [LinePlot]
    ) {
        self.title = title
        self.paragraphs = paragraphs
        self.findings = findings
        self.legend = legend
        self.plots = plots
    }

    /// Colours on a light and on a dark ground, after Okabe and Ito: they differ for
    /// colour-blind eyes too.
    private static let colors = [
        (light: "#c2410c", dark: "#ff8a4c"), (light: "#a16207", dark: "#f5c542"),
        (light: "#0b5cad", dark: "#6cb2ff"), (light: "#0f8a6d", dark: "#3ddbb0"),
        (light: "#8b3fa8", dark: "#d99af0"), (light: "#3f3f46", dark: "#d4d4d8"),
        (light: "#be185d", dark: "#ff7eb6"), (light: "#4d7c0f", dark: "#a3d65c"),
    ]

    /// The colour of a number, of which there are endlessly many.
    static func colorIndex(_ index: Int) -> Int { index % colors.count }

    /// The page.
    public var html: String {
        let legend = self.legend.enumerated().map { index, name in
            """
            <span><svg viewBox="0 0 28 10" class="key"><path class="curve \
            c\(Self.colorIndex(index))" d="M0 5L28 5"/></svg>\(name.escapedForHTML)</span>
            """
        }
        let parts =
            ["<h1>\(title.escapedForHTML)</h1>"]
            + paragraphs.map { "<p>\($0.escapedForHTML)</p>" }
            + ["<ul>"] + findings.map { "<li>\($0.escapedForHTML)</li>" } + ["</ul>"]
            + ["<div class=\"legend\">"] + legend + ["</div>"]
            + ["<div class=\"plots\">"] + plots.map(\.svg) + ["</div>"]
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title.escapedForHTML)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            \(parts.joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private static var style: String {
        func variables(_ color: ((light: String, dark: String)) -> String) -> String {
            colors.enumerated().map { "--c\($0): \(color($1));" }.joined(separator: " ")
        }
        return """
            :root { color-scheme: light dark; --ground: #fff; --ink: #1c1c1f; --soft: #5c5c66; \
            --grid: #e6e6ea; \(variables(\.light)) }
            @media (prefers-color-scheme: dark) {
            :root { --ground: #17171a; --ink: #ececf0; --soft: #a5a5b0; --grid: #303036; \
            \(variables(\.dark)) }
            }
            body { background: var(--ground); color: var(--ink); max-width: 1120px; \
            margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; }
            h1 { font-size: 1.5rem; }
            li { margin: .25rem 0; }
            .legend { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; position: sticky; top: 0; \
            padding: .5rem 0; background: var(--ground); }
            .key { width: 28px; height: 10px; margin-right: .45rem; }
            .plots { display: grid; gap: 1.2rem; \
            grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); }
            .plots svg { width: 100%; height: auto; }
            text { fill: var(--soft); font: 12px system-ui, sans-serif; }
            text.title { fill: var(--ink); font-size: 14px; font-weight: 600; }
            text.label { fill: var(--ink); }
            text.note { font-size: 11px; }
            .middle { text-anchor: middle; }
            .end { text-anchor: end; }
            .grid { stroke: var(--grid); }
            .axis { stroke: var(--soft); }
            .guide { stroke: var(--soft); stroke-dasharray: 1.5 4; stroke-width: 1.5; }
            .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
            .dashed { stroke-dasharray: 6 4; }
            \(colors.indices.map { ".c\($0) { stroke: var(--c\($0)); }" }.joined(separator: " "))
            """
    }
}

extension String {
    /// The text with what HTML reads as markup written out.
    var escapedForHTML: String {
        var text = ""
        for character in unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
