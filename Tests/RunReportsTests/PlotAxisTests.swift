import Testing

@testable import RunReports

@Suite struct PlotAxisTests {
    @Test("a linear axis ends at round numbers around all values")
    func linear() {
        // 34.3 over five steps is 6.86, so steps of 10.
        let axis = PlotAxis([0, 12, 34.3])
        #expect(axis.ticks.map(\.label) == ["0", "10", "20", "30", "40"])
        #expect(axis.low == 0)
        #expect(axis.high == 40)
        #expect(axis.position(20) == 0.5)
    }

    @Test(
        "numbers beside an axis have the decimals that tell them apart",
        arguments: [
            ([0.48, 0.97], ["0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]),
            ([-0.02, 0.03], ["-0.02", "-0.01", "0.00", "0.01", "0.02", "0.03"]),
            ([-40, 0], ["-40", "-30", "-20", "-10", "0"]),
        ]
    )
    func labels(values: [Double], expected: [String]) {
        #expect(PlotAxis(values).ticks.map(\.label) == expected)
    }

    @Test(
        "a single value, none, and what is not finite still make an axis",
        arguments: [
            [5], [0], [], [.nan, .infinity], [.nan, 3, 4],
        ] as [[Double]]
    )
    func degenerate(values: [Double]) {
        let axis = PlotAxis(values)
        #expect(axis.low < axis.high)
        #expect(axis.ticks.count >= 2)
        #expect(axis.position(.nan) == nil)
        for value in values where value.isFinite {
            #expect((axis.low...axis.high).contains(value))
        }
    }

    @Test("a logarithmic axis has powers of ten, and what is below its floor lies on it")
    func logarithmic() throws {
        let axis = PlotAxis(logarithmicallyFrom: 1e-4, [0.02, 0.5, 1e-9, 0])
        #expect(axis.ticks.map(\.label) == ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"])
        #expect(try #require(axis.position(0.01)).isNear(0.5))
        #expect(axis.position(1e-9) == 0)
        #expect(axis.position(0) == 0)
        #expect(axis.position(.infinity) == nil)
    }

    @Test("a logarithmic axis over many powers names some of them")
    func manyPowers() {
        let axis = PlotAxis(logarithmicallyFrom: 1e-30, [1e-30, 1])
        #expect(axis.ticks.count <= 9)
        #expect(axis.ticks.last?.label == "10⁰")
    }
}

extension Double {
    /// Within rounding of a number around 1.
    fileprivate func isNear(_ other: Double) -> Bool { abs(self - other) < 1e-12 }
}
