import Foundation

/// Numbers as a person reads them at a glance.
public enum NumberFormat {
    /// A number with four significant digits: `0.6931`, `12.35`, `1234`, `1.235e+04`.
    ///
    /// From 0.0001 to 9,999 without an exponent; "NaN", "Infinity" and "-Infinity" where it is not
    /// finite.
    public static func fourDigits(_ value: Double) -> String {
        guard value.isFinite else { return nonFiniteName(value) }
        guard value != 0 else { return "0.000" }
        let scientific = String(format: "%.3e", value)
        // The exponent after rounding: 9.9996 has four digits as 10.00.
        guard let mark = scientific.firstIndex(of: "e"),
            let exponent = Int(scientific[scientific.index(after: mark)...]),
            (-4...3).contains(exponent)
        else { return scientific }
        return String(format: "%.\(3 - exponent)f", value)
    }

    /// A rate: as `fourDigits` below 1,000, without fraction and exponent from there on.
    public static func rate(_ value: Double) -> String {
        guard value.isFinite, abs(value) >= 1000 else { return fourDigits(value) }
        return String(format: "%.0f", value)
    }

    /// A time in its two largest units: `42s`, `3m12s`, `2h05m`, `3d04h`.
    ///
    /// - Parameter seconds: rounded to whole ones; less than nothing is `0s`, and what is not
    ///   finite or above ten thousand days is `?`.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 864_000_000 else { return "?" }
        let seconds = max(0, Int(seconds.rounded()))
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        if minutes == 0 { return "\(seconds)s" }
        if hours == 0 { return "\(minutes)m\(twoDigits(seconds % 60))s" }
        if days == 0 { return "\(hours)h\(twoDigits(minutes % 60))m" }
        return "\(days)d\(twoDigits(hours % 24))h"
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
