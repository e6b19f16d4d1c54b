import RunReports

extension Double {
    /// The number with four fourDigits digits.
    var short: String { NumberFormat.fourDigits(self) }
}
