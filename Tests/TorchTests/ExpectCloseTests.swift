import TestSupport
import Testing

@Suite("expectClose")
struct ExpectCloseTests {
    private func difference(
        _ actual: [Double],
        _ expected: [Double],
        absolute: Double = 0,
        relative: Double = 0
    ) -> String? {
        TestSupport.difference(actual, expected, absolute: absolute, relative: relative)
    }

    @Test("equal lists, empty lists and equal infinities are close")
    func equal() {
        #expect(difference([1, -0.0, .infinity], [1, 0, .infinity]) == nil)
        #expect(difference([], []) == nil)
    }

    @Test("the tolerance is absolute plus relative to the expected value")
    func tolerance() {
        // 0.5 + 0.25 · 2 = 1 is allowed.
        #expect(difference([3], [2], absolute: 0.5, relative: 0.25) == nil)
        #expect(difference([3.125], [2], absolute: 0.5, relative: 0.25) != nil)
    }

    @Test("the report has the worst error, its index and both values")
    func report() throws {
        let report = try #require(difference([1, 2.5, 7, 4], [1, 2, 3, 4], absolute: 0.25))
        #expect(report.contains("max error 4.0 at index 2: 7.0, expected 3.0"))
        #expect(report.contains("2 of 4 elements differ"))
    }

    @Test(
        "a NaN is a failure on either side, and so are different infinities",
        arguments: [(Double.nan, 1.0), (1.0, Double.nan), (.nan, .nan), (1, .infinity)]
    )
    func notFinite(actual: Double, expected: Double) {
        #expect(difference([0, actual], [0, expected], absolute: 1, relative: 1) != nil)
        #expect(difference([actual], [expected], absolute: 1e300) != nil)
    }

    @Test("different counts are a failure")
    func counts() {
        #expect(difference([1, 2], [1], absolute: 9) == "2 elements, expected 1")
    }
}
