import Foundation
import Testing

@testable import RunReports

@Suite struct PlotPageTests {
    private func plot(_ series: [LinePlot.Series]) -> LinePlot {
        LinePlot(title: "h < 5 & more", xLabel: "updates", yLabel: "nats", series: series)
    }

    @Test("a curve goes through its points, in the field between the axes")
    func curve() {
        let svg = plot([
            .init(name: "one", color: 0, points: [(x: 0, y: 0), (x: 50, y: 5), (x: 100, y: 10)])
        ]).svg
        // The field is 66…506 wide and 292…34 high; the axes end at 100 and 10.
        #expect(svg.contains("d=\"M66.0 292.0L286.0 163.0L506.0 34.0\""))
        #expect(svg.contains("<title>one</title>"))
        #expect(svg.contains(">updates</text>"))
        #expect(svg.contains(">nats</text>"))
    }

    @Test("a line is torn where there is no number")
    func torn() {
        let points = [1, 2, .nan, 3, 4].enumerated().map { (x: Double($0), y: $1) }
        let svg = plot([.init(name: "one", color: 0, points: points)]).svg
        let path = svg.split(separator: "\"").first { $0.hasPrefix("M") }
        #expect(path?.count { $0 == "M" } == 2)
        #expect(path?.count { $0 == "L" } == 2)
        #expect(!svg.contains("nan"))
    }

    @Test("what would be markup is written out, and the page is well-formed")
    func page() throws {
        let page = PlotPage(
            title: "A < B",
            paragraphs: ["\"quoted\" & <b>"],
            findings: ["1 > 0"],
            legend: ["one", "two"],
            plots: [
                plot([
                    .init(name: "<script>", color: 9, isDashed: true, points: [(x: 0, y: 1)])
                ])
            ]
        ).html
        #expect(page.contains("h &lt; 5 &amp; more"))
        #expect(page.contains("&quot;quoted&quot; &amp; &lt;b&gt;"))
        #expect(!page.contains("<script>"))
        // A ninth curve has the second colour again.
        #expect(page.contains("curve c1 dashed"))
        #expect(page.contains("prefers-color-scheme: dark"))
        // Apart from what HTML leaves open, the body is XML.
        let body = try #require(page.range(of: "<body>"))
        let end = try #require(page.range(of: "</body>"))
        var open: [Substring] = []
        for tag in page[body.lowerBound..<end.upperBound].matches(of: /<(\/?)(\w+)[^>]*?(\/?)>/) {
            if !tag.3.isEmpty { continue }
            if tag.1.isEmpty {
                open.append(tag.2)
            } else {
                #expect(open.popLast() == tag.2)
            }
        }
        #expect(open.isEmpty)
    }
}
