import RunReports
import Testing

@Suite struct TextPlotTests {
    @Test("a rising line goes from below left to above right, between its scale's ends")
    func rising() {
        let plot = TextPlot(columns: 4, rows: 4, style: .ascii)
        #expect(plot.valueCount == 4)
        #expect(
            plot.lines([0, 1, 2, 3]) == [
                "3.000 |   *", "      |  * ", "      | *  ", "0.000 |*   ",
            ]
        )
    }

    @Test("where a curve is steep, the gap between two columns is filled")
    func steep() {
        let plot = TextPlot(columns: 2, rows: 4, style: .ascii)
        #expect(plot.lines([0, 1]) == ["1.000 | *", "      | *", "      | *", "0.000 |* "])
        #expect(plot.lines([1, 0]) == ["1.000 |* ", "      | *", "      | *", "0.000 | *"])
    }

    @Test("Braille has eight dots a character: 0 and 3 in one are the lowest left, highest right")
    func braille() {
        let plot = TextPlot(columns: 1, rows: 1, style: .braille)
        #expect(plot.valueCount == 2)
        // Dot 7, the lowest on the left; on the right dots 6, 5 and 4, up from there to the top.
        #expect(plot.lines([0, 3])[0].unicodeScalars.last == "\u{2878}")
    }

    @Test("a constant is a line, and nothing is nothing")
    func constant() {
        let plot = TextPlot(columns: 3, rows: 2, style: .ascii)
        #expect(plot.lines([2, 2, 2]) == ["2.000 |   ", "2.000 |***"])
        #expect(plot.lines([]).count == 2)
    }

    @Test("Braille only where the locale is UTF-8, by the first variable that is set")
    func locale() {
        #expect(TextPlot.Style(environment: ["LANG": "de_DE.UTF-8"]) == .braille)
        #expect(TextPlot.Style(environment: ["LC_ALL": "C.utf8", "LANG": "C"]) == .braille)
        #expect(TextPlot.Style(environment: ["LC_ALL": "C", "LANG": "de_DE.UTF-8"]) == .ascii)
        #expect(TextPlot.Style(environment: ["LC_ALL": "", "LANG": "C.UTF-8"]) == .braille)
        #expect(TextPlot.Style(environment: [:]) == .ascii)
    }
}
