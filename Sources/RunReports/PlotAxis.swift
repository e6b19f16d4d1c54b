import Foundation

/// The values of one direction of a plot, with the numbers that stand beside it.
struct PlotAxis {
    /// A number beside the axis.
    struct Tick: Equatable {
        let value: Double
        let label: String
    }

    let low: Double
    let high: Double
    let ticks: [Tick]
    private let isLogarithmic: Bool

    /// An axis with all values, from one round number to another.
    init(_ values: [Double]) {
        isLogarithmic = false
        let finite = values.filter(\.isFinite)
        let least = finite.min() ?? 0
        let most = finite.max() ?? 1
        // A single value has room around it.
        let spread = most > least ? most - least : max(abs(most), 1)
        let step = Self.roundStep(spread / 5)
        let first = (least / step + 1e-9).rounded(.down)
        let last = max(first + 1, (most / step - 1e-9).rounded(.up))
        low = first * step
        high = last * step
        let digits = max(0, -Int(log10(step).rounded(.down)))
        ticks = (0...Int(last - first)).map {
            let value = (first + Double($0)) * step
            // Not "-0".
            let shown = abs(value) < step / 2 ? 0 : value
            return Tick(
                value: value,
                label: step >= 1e6
                    ? String(format: "%g", shown) : String(format: "%.\(digits)f", shown)
            )
        }
    }

    /// An axis of powers of ten with all positive values, nothing below a floor.
    init(logarithmicallyFrom floor: Double, _ values: [Double]) {
        isLogarithmic = true
        let positive = values.filter { $0.isFinite && $0 > 0 }
        let least = log10(max(floor, positive.min() ?? floor)).rounded(.down)
        let most = max(least + 1, log10(max(floor, positive.max() ?? 1)).rounded(.up))
        low = pow(10, least)
        high = pow(10, most)
        let stride = max(1, ((most - least) / 8).rounded(.up))
        ticks = Swift.stride(from: most, through: least, by: -stride).reversed().map {
            Tick(value: pow(10, $0), label: "10" + Self.superscript(Int($0)))
        }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one; nil for what has no place.
    ///
    /// Values beyond the ends lie at them.
    func position(_ value: Double) -> Double? {
        guard value.isFinite else { return nil }
        guard isLogarithmic else { return min(1, max(0, (value - low) / (high - low))) }
        guard value > 0 else { return 0 }
        return min(1, max(0, log10(value / low) / log10(high / low)))
    }

    /// The smallest of 1, 2, 5, 10, 20, … and their tenths that is at least a number.
    private static func roundStep(_ least: Double) -> Double {
        let power = pow(10, log10(least).rounded(.down))
        return power * ([1, 2, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10)
    }

    private static func superscript(_ value: Int) -> String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return String(String(value).map { $0.wholeNumberValue.map { digits[$0] } ?? "⁻" })
    }
}
