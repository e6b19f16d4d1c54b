import Files
import RunReports

extension Double {
    /// The number with four significant digits.
    var short: String { NumberFormat.fourDigits(self) }
}

extension String {
    /// The numbers that the text lists with commas between them.
    ///
    /// - Parameter option: the flag that it was given for, without dashes.
    /// - Throws: `SettingError` where a part is no number.
    func numbers(option: String) throws -> [Double] {
        try split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let number = Double(part) else {
                throw SettingError(option, found: self, allowed: "numbers with commas")
            }
            return number
        }
    }
}
