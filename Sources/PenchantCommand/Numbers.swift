import RunReports

extension Double {
    /// The number with four significant digits.
    var short: String { NumberFormat.fourDigits(self) }
}
