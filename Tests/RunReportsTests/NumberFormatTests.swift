import RunReports
import Testing

@Suite("NumberFormat")
struct NumberFormatTests {
    @Test(
        "a number has four significant digits, after rounding too",
        arguments: [
            (0.6931471805599453, "0.6931"), (12.345678, "12.35"), (123.456, "123.5"),
            (1234.4, "1234"), (9.99949, "9.999"), (9.9996, "10.00"), (999.96, "1000"),
            (9999.6, "1.000e+04"), (12345, "1.234e+04"), (1e300, "1.000e+300"),
            (0.0123456, "0.01235"), (0.0001, "0.0001000"), (0.000099996, "0.0001000"),
            (0.00001234, "1.234e-05"), (-0.5, "-0.5000"), (-1234.5, "-1234"), (1, "1.000"),
            (0, "0.000"), (-0.0, "0.000"), (.nan, "NaN"), (.infinity, "Infinity"),
            (-.infinity, "-Infinity"),
        ] as [(Double, String)]
    )
    func fourDigits(_ value: Double, _ text: String) {
        #expect(NumberFormat.fourDigits(value) == text)
    }

    @Test(
        "a rate is written out from a thousand on",
        arguments: [
            (12.345, "12.35"), (999.4, "999.4"), (1000, "1000"), (123_456.7, "123457"),
            (.nan, "NaN"),
        ] as [(Double, String)]
    )
    func rate(_ value: Double, _ text: String) {
        #expect(NumberFormat.rate(value) == text)
    }

    @Test(
        "a time has its two largest units",
        arguments: [
            (0, "0s"), (-5, "0s"), (0.4, "0s"), (42.2, "42s"), (59.4, "59s"), (59.6, "1m00s"),
            (192, "3m12s"), (3599.4, "59m59s"), (3599.6, "1h00m"), (7500, "2h05m"),
            (86_399, "23h59m"), (86_400, "1d00h"), (274_000, "3d04h"), (8_640_000, "100d00h"),
            (1e30, "?"), (.infinity, "?"), (-.infinity, "?"), (.nan, "?"),
        ] as [(Double, String)]
    )
    func duration(_ seconds: Double, _ text: String) {
        #expect(NumberFormat.duration(seconds) == text)
    }
}
