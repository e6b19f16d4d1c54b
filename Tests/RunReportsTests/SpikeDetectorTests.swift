import RunReports
import Testing

@Suite struct SpikeDetectorTests {
    @Test("a loss beyond the factor stands out, and one at it does not")
    func spike() {
        var detector = SpikeDetector(factor: 3)
        for _ in 0..<10 { #expect(detector.update(0.5) == nil) }
        #expect(detector.update(1.5) == nil)
        // Eleven losses: (10 · 0.5 + 1.5) / 11.
        let mean = 6.5 / 11
        let spike = detector.update(2)
        #expect(spike?.mean == mean)
        #expect(spike?.ratio == 2 / mean)
    }

    @Test("the first steps are like anything")
    func beginning() {
        var detector = SpikeDetector(factor: 2)
        for loss in [0.1, 5, 0.1, 50, 0.1, 500] { #expect(detector.update(loss) == nil) }
    }

    @Test("what is far back counts no more")
    func window() {
        var detector = SpikeDetector(factor: 2)
        for _ in 0..<50 { _ = detector.update(10) }
        for _ in 0..<50 { #expect(detector.update(1) == nil) }
        let spike = detector.update(2.5)
        #expect(spike?.mean == 1)
        #expect(spike?.ratio == 2.5)
    }

    @Test("losses that are not above 0 have no factor")
    func negative() {
        var detector = SpikeDetector(factor: 2)
        for _ in 0..<20 { #expect(detector.update(-1) == nil) }
        #expect(detector.update(5) == nil)
    }
}
